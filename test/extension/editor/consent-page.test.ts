/** The page on which a person decides: what it must show, and what must not get out of its text. */
import { describe, expect, it } from "vitest";
import type { ConsentPage } from "../../../extension/editor/consent-page.ts";
import { consentPage, leadSentence } from "../../../extension/editor/consent-page.ts";
import { consentScript } from "../../../extension/editor/consent-page-assets.ts";
import { consentSwitches } from "../../../extension/gate/consent.ts";
import { inEnglish } from "../../../extension/translate.ts";
import { sampleSnapshot } from "./samples.ts";

const page: ConsentPage = {
  t: inEnglish,
  language: "en",
  nonce: "0a1b",
  folder: "web",
  destination: { origin: "https://stillpoint.example.com", contributor: "contributor-1", retentionDays: 90 },
  preview: { kind: "snapshot", snapshot: sampleSnapshot, replaced: { email: 1 } },
  switches: consentSwitches.map((purpose) => ({ purpose, on: false, pinnedOff: false })),
  textVersion: 1,
};
const shown = (changes: Partial<ConsentPage> = {}) => consentPage({ ...page, ...changes });
const inputs = (html: string) => html.match(/<input[^>]*>/gu) ?? [];

describe("the consent page", () => {
  it("has four switches, all off", () => {
    expect(inputs(shown())).toHaveLength(4);
    for (const input of inputs(shown())) expect(input).not.toMatch(/checked/u);
    expect(inputs(shown())[0]).not.toContain("disabled");
  });

  it("lets nobody switch on what this version does nothing under, and tells ears, too, that it comes later", () => {
    const html = shown({ switches: consentSwitches.map((purpose) => ({ purpose, on: true, pinnedOff: false })) });
    const [snapshots, ...later] = inputs(html);
    expect(snapshots).toMatch(/ checked>/u);
    expect(later).toHaveLength(3);
    for (const input of later) {
      expect(input).toMatch(/ disabled>/u);
      expect(input).not.toContain("checked");
      expect(input).toMatch(/aria-describedby="\w+-what not-yet"/u);
    }
    expect(html).toContain("They come later");
  });

  it("shows a switch that a setting pins off as off, whatever was chosen, and names the setting", () => {
    const html = shown({ switches: [{ purpose: "snapshots", on: true, pinnedOff: true }] });
    expect(inputs(html)[0]).toContain("disabled");
    expect(inputs(html)[0]).not.toContain("checked");
    expect(html).toContain("stillpoint.allow.snapshots");
  });

  it("shows every text of the reader's own snapshot", () => {
    const html = shown()
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&gt;", ">")
      .replaceAll("&lt;", "<");
    const text = html.replace(/<(?:mark|\/mark|ins|\/ins|del|\/del)>|<span class="cursor"[^>]*><\/span>/gu, "");
    expect(text).toContain(sampleSnapshot.excerpt.text);
    for (const { diff } of sampleSnapshot.history) expect(text).toContain(diff?.trimEnd() ?? "Too big to be kept");
    for (const { message } of sampleSnapshot.diagnostics) expect(text).toContain(message);
    for (const definition of sampleSnapshot.definitions) expect(text).toContain(definition.text);
    expect(text).toContain(sampleSnapshot.repo?.remote);
  });

  it("says where it goes, as whom, for how long, and that training cannot be undone", () => {
    const html = shown();
    expect(html).toContain("https://stillpoint.example.com");
    expect(html).toContain("contributor-1");
    expect(html).toContain("90 days");
    expect(html).toContain("cannot be undone");
  });

  it("lets no code become markup, whatever it holds", () => {
    const hostile = '</pre><script>alert(1)</script><img src=x onerror="alert(2)">';
    const excerpt = { startLine: 0, text: `${hostile}\n` };
    const html = shown({
      folder: hostile,
      destination: { origin: hostile, contributor: hostile, retentionDays: null },
      preview: {
        kind: "snapshot",
        replaced: { [hostile]: 1 },
        snapshot: {
          ...sampleSnapshot,
          document: { ...sampleSnapshot.document, path: hostile },
          excerpt,
          cursor: 3,
          editable: { start: 0, end: 5 },
          history: [{ path: hostile, diff: `@@ -1 +1 @@\n-a\n+${hostile}\n`, origin: "typed" }],
          definitions: [
            { symbol: hostile, kind: "definition", path: hostile, startLine: 0, text: hostile, external: true },
          ],
          diagnostics: [{ severity: 1, message: hostile, startLine: 0, endLine: 0, snippet: hostile }],
        },
      },
    });
    expect(html.match(/<script/gu)).toHaveLength(1);
    expect(html).not.toContain("<img");
  });

  it("runs and styles by its nonce alone, and loads nothing from anywhere", () => {
    const html = shown();
    expect(html).toContain(
      `content="default-src &#39;none&#39;; style-src &#39;nonce-0a1b&#39;; script-src &#39;nonce-0a1b&#39;; form-action &#39;none&#39;; base-uri &#39;none&#39;"`,
    );
    expect(html).not.toMatch(/\s(?:src|href|style|on\w+)=/u);
  });

  it("promises no predictions that this version does not show, beside the switches for them", () => {
    const html = shown();
    const [snapshots, note, outcomes] = ['id="snapshots"', 'id="not-yet"', 'id="outcomes"'].map((id) =>
      html.indexOf(id),
    );
    expect(snapshots).toBeGreaterThan(0);
    expect(note).toBeGreaterThan(snapshots ?? 0);
    expect(outcomes).toBeGreaterThan(note ?? 0);
  });

  it("says that nothing is collected only while nothing is", () => {
    const lead = (on: boolean, pinnedOff = false) => leadSentence([{ purpose: "snapshots", on, pinnedOff }], inEnglish);
    expect(lead(false)).toContain("Nothing is collected now.");
    expect(lead(true, true)).toContain("Nothing is collected now.");
    expect(lead(true)).not.toContain("Nothing is collected now.");
    const later = [{ purpose: "ratings", on: true, pinnedOff: false }] as const;
    expect(leadSentence(later, inEnglish)).toContain("Nothing is collected now.");
  });

  it("has every element that its script speaks of, such as the sentence that a saved decision changes", () => {
    const ids = [...consentScript.matchAll(/getElementById\("(\w+)"\)/gu)].map(([, id]) => id);
    expect(ids).toContain("lead");
    for (const id of ids) expect({ id, found: shown().includes(`id="${id}"`) }).toEqual({ id, found: true });
  });

  it("counts what was replaced by the placeholders that stand in the text", () => {
    const preview = { kind: "snapshot", snapshot: sampleSnapshot, replaced: { email: 2, ip: 1 } } as const;
    expect(shown({ preview })).toContain("‹email› × 2, ‹ip› × 1");
  });

  it("says so where there is no file to show one of", () => {
    const html = shown({ preview: { kind: "none", sentence: "Open a file of this folder." } });
    expect(html).toContain("Open a file of this folder.");
    expect(inputs(html)).toHaveLength(4);
  });
});
