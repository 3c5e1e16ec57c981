/** The page on which a person reads what would be collected, from their own code, and decides. */
import type { HistoryEntry, Snapshot } from "../../shared/records/snapshot.ts";
import type { ConsentSwitch } from "../gate/consent.ts";
import { offeredSwitches } from "../gate/consent.ts";
import type { Translate } from "../translate.ts";
import { consentScript, consentStyle } from "./consent-page-assets.ts";
import type { Destination } from "./consent-text.ts";
import { howToStop, neverCollected, switchText, whereItGoes } from "./consent-text.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { occasionText, originText } from "./record-words.ts";

export type Preview =
  | {
      readonly kind: "snapshot";
      readonly snapshot: Snapshot;
      /** How many values became placeholders, by kind. */
      readonly replaced: Readonly<Record<string, number>>;
    }
  /** `sentence` says why there is none. */
  | { readonly kind: "none"; readonly sentence: string };

export interface SwitchState {
  readonly purpose: ConsentSwitch;
  readonly on: boolean;
  /** By a setting of `stillpoint.allow.*`. */
  readonly pinnedOff: boolean;
}

export interface ConsentPage {
  readonly t: Translate;
  /** As `en` or `zh-cn`. */
  readonly language: string;
  readonly nonce: string;
  readonly folder: string;
  readonly destination: Destination;
  readonly preview: Preview;
  readonly switches: readonly SwitchState[];
  readonly textVersion: number;
}

export function consentPage(page: ConsentPage): string {
  const { t, nonce, folder, textVersion } = page;
  const title = t("Contribute from {folder}", { folder });
  // The last two are none of `default-src`: the form is sent by its script alone, and nothing is relative to anything.
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; form-action 'none'; base-uri 'none'`;
  const list = (sentences: readonly string[]) =>
    html`<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
  const body = html`<!DOCTYPE html>
<html lang="${page.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${{ html: consentStyle }}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="lead" id="lead">${leadSentence(page.switches, t)}</p>
<section aria-labelledby="own">
<h2 id="own">${t("A snapshot of your own code")}</h2>
${previewHtml(page)}
</section>
<section aria-labelledby="never"><h2 id="never">${t("What is never collected")}</h2>${list(neverCollected(t))}</section>
<section aria-labelledby="where"><h2 id="where">${t("Where it goes")}</h2>${list(whereItGoes(page.destination, t))}</section>
<section aria-labelledby="stop"><h2 id="stop">${t("How to stop, and to delete")}</h2>${list(howToStop(t))}</section>
<form id="switches" aria-labelledby="decide">
<h2 id="decide">${t("Your decision for {folder}", { folder })}</h2>
${page.switches.filter(({ purpose }) => isOffered(purpose)).map((each) => switchHtml(each, t))}
<p class="note" id="not-yet">${t("The three below are about predictions, which this version does not show. They come later: nothing is collected under them, and they cannot be switched on yet.")}</p>
${page.switches.filter(({ purpose }) => !isOffered(purpose)).map((each) => switchHtml(each, t))}
<div class="actions">
<button type="submit" id="save">${t("Save my decision")}</button>
<button type="button" id="cancel" class="secondary">${t("Close without a change")}</button>
</div>
<p id="said" role="status" aria-live="polite"></p>
<p class="note">${t("Version {version} of this text. It is kept with your decision, on this machine, for this folder.", { version: textVersion })}</p>
</form>
</main>
<script nonce="${nonce}">${{ html: consentScript }}</script>
</body>
</html>`;
  return body.html;
}

/** How it stands, in the page's first sentence. */
export function leadSentence(switches: readonly SwitchState[], t: Translate): string {
  return switches.some(({ purpose, on, pinnedOff }) => on && !pinnedOff && isOffered(purpose))
    ? t("You are contributing from this folder. At the end of this page you can change what.")
    : t(
        "Nothing is collected now. Read on, then decide at the end of this page; every switch is off until you turn it on.",
      );
}

function isOffered(purpose: ConsentSwitch): boolean {
  return offeredSwitches.includes(purpose);
}

function switchHtml({ purpose, on, pinnedOff }: SwitchState, t: Translate): Html {
  const { title, what } = switchText(purpose, t);
  const isLater = !isOffered(purpose);
  const state = pinnedOff || isLater ? html` disabled` : on ? html` checked` : html``;
  const described = isLater ? html`${purpose}-what not-yet` : html`${purpose}-what`;
  const pinned = pinnedOff
    ? html` <strong>${t("Pinned off by the setting {setting}.", { setting: `stillpoint.allow.${purpose}` })}</strong>`
    : html``;
  return html`<div class="switch">
<input type="checkbox" role="switch" id="${purpose}" name="${purpose}" aria-describedby="${described}"${state}>
<div><label for="${purpose}">${title}</label><p id="${purpose}-what">${what}${pinned}</p></div>
</div>
`;
}

function previewHtml({ preview, t }: ConsentPage): Html {
  const again = html`<p><button type="button" id="again" class="secondary">${t("Make one of the file I have open")}</button></p>`;
  if (preview.kind === "none") return html`<p>${preview.sentence}</p>${again}`;
  const { snapshot, replaced } = preview;
  const counts = Object.entries(replaced).map(([kind, count]) => `‹${kind}› × ${count}`);
  return html`<p>${t("Made just now from {path}, shown whole, kept nowhere and not sent.", { path: snapshot.document.path })} ${
    counts.length === 0
      ? t("Nothing in it looked like a secret or like personal data.")
      : t("Replaced by placeholders: {counts}.", { counts: counts.join(", ") })
  }</p>
${again}
<h3>${t("The text around the cursor")}</h3>
<p class="note">${t("From line {line}. The marked region is followed until it has been still for ten seconds; what you wrote there by then is added.", { line: snapshot.excerpt.startLine + 1 })}</p>
${excerptHtml(snapshot, t)}
<h3>${t("The edits before, newest last")}</h3>
${snapshot.history.length === 0 ? none(t) : snapshot.history.map((entry) => historyHtml(entry, t))}
<h3>${t("Problems that were shown")}</h3>
${diagnosticsHtml(snapshot, t)}
<h3>${t("Definitions of what was used")}</h3>
${
  snapshot.definitions.length === 0
    ? none(t)
    : snapshot.definitions.map(
        ({ symbol, path, startLine, text }) =>
          html`<figure><figcaption><code>${symbol}</code> · <code>${path}</code> · ${startLine + 1}</figcaption><pre tabindex="0">${text}</pre></figure>`,
      )
}
<h3>${t("The rest")}</h3>
<dl>${restOf(snapshot, t).map(([name, value]) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}</dl>`;
}

function none(t: Translate): Html {
  return html`<p class="note">${t("None.")}</p>`;
}

function excerptHtml({ excerpt: { text }, editable: { start, end }, cursor }: Snapshot, t: Translate): Html {
  return html`<pre class="excerpt" tabindex="0">${text.slice(0, start)}<mark>${text.slice(start, cursor)}<span class="cursor" role="img" aria-label="${t("cursor")}"></span>${text.slice(cursor, end)}</mark>${text.slice(end)}</pre>`;
}

function historyHtml({ path, diff, origin }: HistoryEntry, t: Translate): Html {
  if (diff === undefined) return html`<p><code>${path}</code>: ${t("Too big to be kept; its text is left out.")}</p>`;
  const lines = diff
    .replace(/\n$/u, "")
    .split("\n")
    .map((line) => {
      if (/^\+(?!\+\+ )/u.test(line)) return html`<ins>${line}</ins>\n`;
      if (/^-(?!-- )/u.test(line)) return html`<del>${line}</del>\n`;
      return html`${line}\n`;
    });
  return html`<figure><figcaption><code>${path}</code> · ${originText(origin, t)}</figcaption><pre tabindex="0">${lines}</pre></figure>`;
}

function diagnosticsHtml({ diagnostics }: Snapshot, t: Translate): Html {
  if (diagnostics.length === 0) return none(t);
  return html`<ul>${diagnostics.map(
    ({ startLine, message, snippet }) =>
      html`<li>${t("Line {line}", { line: startLine + 1 })}: ${message} <code>${snippet}</code></li>`,
  )}</ul>`;
}

function restOf({ document, repo, trigger, capturedAt, editorVersion, extensionVersion }: Snapshot, t: Translate) {
  const all: [string, string | number | undefined][] = [
    [t("File"), document.path],
    [t("Language"), document.languageId],
    [t("Lines in the file"), document.lineCount],
    [t("Fingerprint of the whole file (SHA-256)"), document.sha256],
    [t("Repository"), repo?.remote],
    [t("Revision"), repo?.revision],
    [t("Name of the repository's folder"), repo?.folder],
    [t("Licence"), repo?.licence],
    [t("Occasion"), occasionText(trigger, t)],
    [t("Captured at"), capturedAt],
    [t("VS Code"), editorVersion],
    ["Stillpoint", extensionVersion],
  ];
  return all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
