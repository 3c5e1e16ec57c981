/**
 * VS Code's window in a headless browser, driven as a person would: by keys, the mouse and what can be read. Selectors
 * of VS Code's own DOM stand in this file alone.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Frame, Locator, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { repositoryRoot, requireProgram } from "./program.ts";
import type { VsCodeServer } from "./server.ts";

const patienceMs = 30_000;
const pollMs = 100;
/** Within which the palette has opened, or something has closed it. */
const paletteMs = 3_000;
/** One frame for its text. */
const askingMs = 1_000;
/** Between two keys, as a quick typist's. */
const keyDelayMs = 30;
const windowSize = { width: 1280, height: 800 };

export interface WorkbenchOptions {
  readonly server: VsCodeServer;
  /** An absolute path; a `.code-workspace` file opens several folders. */
  readonly folder: string;
  /** The folder of the extension's package.json. None: VS Code as it comes, with what is installed in it. */
  readonly extension?: string;
  /** A module with `run()`, called in the extension host. */
  readonly tests?: string;
  readonly colorScheme?: "light" | "dark";
  /** Another window of the same person: VS Code keeps what extensions remember in the browser. */
  readonly beside?: Workbench;
}

export interface Workbench {
  readonly page: Page;
  /** Opens a file of the folder by its path within. */
  openFile(path: string): Promise<void>;
  /** Runs a command by its title, as *Stillpoint: Show Log*. */
  command(title: string): Promise<void>;
  /** Whether the palette offers it. */
  offers(title: string): Promise<boolean>;
  goTo(line: number, column?: number): Promise<void>;
  type(text: string): Promise<void>;
  press(keys: string): Promise<void>;
  /** Text of the active editor's lines that are in view. */
  visibleText(): Promise<string>;
  notification(text: string | RegExp): Locator;
  /** The status item whose text or spoken label fits. */
  statusItem(text: string | RegExp): Locator;
  quickPick(text: string | RegExp): Locator;
  /** The underline of an error in the text that is in view. */
  problem(): Locator;
  /** An entry of a list or tree in the side bar. */
  listEntry(text: string | RegExp): Locator;
  /** A title in the walkthrough that is shown. */
  walkthrough(title: string): Locator;
  /** Presses a button that an entry has. */
  entryAction(entry: string | RegExp, label: string): Promise<void>;
  /** A question that has to be answered first. */
  dialogue(text: string | RegExp): Locator;
  /** Answers the dialogue that asks for a file to write. */
  saveAs(path: string): Promise<void>;
  /** Presses a button of a message or a dialogue. */
  choose(button: string): Promise<void>;
  /** The page that an extension shows, once it has this element. */
  webview(selector: string): Promise<Frame>;
  /** All text of the page that an extension, or the preview of Markdown, shows, once it says this. */
  rendered(text: string | RegExp): Promise<string>;
  /** Answers the input box that asks this. */
  answer(asked: string | RegExp, text: string): Promise<void>;
  /** Trusts the folder that is open, in *Workspaces: Manage Workspace Trust*. */
  trust(): Promise<void>;
  /** Has everything that is shown in that colour scheme. */
  turn(scheme: "light" | "dark"): Promise<void>;
  /** A picture in `test/vscode/pictures/`, which git ignores. */
  picture(name: string): Promise<void>;
  /** As *Developer: Reload Window*. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { beside } = options;
  const browser = beside ? undefined : await launch();
  const look = { viewport: windowSize, colorScheme: options.colorScheme ?? "dark" } as const;
  const context = await (beside ? beside.page.context() : browser?.newContext(look));
  const page = await context?.newPage();
  if (!page) throw new Error("there is no browser to open a window in");
  const close = async () => {
    await page.close();
    await browser?.close();
  };
  try {
    page.setDefaultTimeout(patienceMs);
    await configure(page, options);
    await page.goto(addressOf(options));
    await page.waitForSelector(".monaco-workbench");
    await page.locator(".statusbar").waitFor();
    return workbench(page, close);
  } catch (error) {
    await close();
    throw error;
  }
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: requireProgram().chromium,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}

/**
 * Loads an extension under development. A built VS Code ignores the address's `extensionDevelopmentPath`, so what the
 * server writes into its page is changed before the workbench reads it. Telemetry is on, without anywhere to go to.
 */
export async function configure(page: Page, { server, extension, tests }: WorkbenchOptions): Promise<void> {
  const uri = (path: string) => ({ $mid: 1, scheme: "vscode-remote", authority: `127.0.0.1:${server.port}`, path });
  const developmentOptions = {
    extensions: extension === undefined ? [] : [uri(extension)],
    ...(tests === undefined ? {} : { extensionTestsPath: uri(tests) }),
  };
  await page.addInitScript({ content: `(${inPage})(${JSON.stringify(developmentOptions)})` });
  // Secrets outlive a window, as on a desktop, where this address gives a key to keep them under.
  await page.route(`http://127.0.0.1:${server.port}/mint-key`, (route) => route.fulfill({ body: secretKey }));
}

/** Of AES, 256 bits; what it protects is a test's. */
const secretKey = Buffer.alloc(32, 1);

/** Runs in the page, where no type of this file reaches. "interactive" comes before the workbench's modules run. */
const inPage = `(development) => {
  if (window.top !== window) return;
  document.addEventListener("readystatechange", () => {
    const element = document.getElementById("vscode-workbench-web-configuration");
    if (!element || element.dataset.changed) return;
    const configuration = JSON.parse(element.getAttribute("data-settings"));
    configuration.developmentOptions = { ...configuration.developmentOptions, ...development };
    const product = { enableTelemetry: true, telemetryEndpoint: undefined, extensionsGallery: undefined };
    configuration.productConfiguration = { ...configuration.productConfiguration, ...product };
    element.setAttribute("data-settings", JSON.stringify(configuration));
    element.dataset.changed = "yes";
  });
}`;

export function addressOf({ server, folder }: WorkbenchOptions): string {
  const payload = JSON.stringify([
    ["skipWelcome", "true"],
    ["skipReleaseNotes", "true"],
  ]);
  const what = folder.endsWith(".code-workspace") ? "workspace" : "folder";
  return `http://127.0.0.1:${server.port}/?${what}=${encodeURIComponent(folder)}&payload=${encodeURIComponent(payload)}`;
}

/** Extensions' pages are frames in frames, made anew whenever they are shown. */
async function frameWith(page: Page, fits: (frame: Frame) => Promise<boolean>): Promise<Frame> {
  const end = Date.now() + patienceMs;
  while (Date.now() < end) {
    for (const frame of page.frames()) {
      if (frame === page.mainFrame()) continue;
      // One that goes away while it is asked is not the one.
      if (await fits(frame).catch(() => false)) return frame;
    }
    await page.waitForTimeout(pollMs);
  }
  throw new Error("no page of an extension shows that");
}

function workbench(page: Page, close: () => Promise<void>): Workbench {
  const quickInput = page.locator(".quick-input-widget");
  const rows = quickInput.locator(".monaco-list-row");
  const input = quickInput.locator(".quick-input-box input").first();

  /** What opens meanwhile by itself takes the focus, and closes it. */
  async function palette(text: string): Promise<void> {
    const end = Date.now() + patienceMs;
    for (;;) {
      await page.keyboard.press("F1");
      try {
        return await input.fill(text, { timeout: paletteMs });
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  /** Takes what the palette offers for `text`. It keeps to what there was when it was opened, so it is opened again. */
  async function take(text: string, row: string): Promise<void> {
    const end = Date.now() + patienceMs;
    for (;;) {
      await palette(text);
      try {
        await rows.filter({ hasText: row }).first().waitFor({ timeout: paletteMs });
        return await page.keyboard.press("Enter");
      } catch (error) {
        if (Date.now() > end) throw error;
        await page.keyboard.press("Escape");
      }
    }
  }

  return {
    page,
    async openFile(path) {
      const name = path.split("/").at(-1) ?? path;
      await take(path, name);
      await page.locator(".tab.active", { hasText: name }).waitFor();
      await page.locator(".editor-instance .monaco-editor .view-line").first().waitFor();
    },
    command: (title) => take(`>${title}`, title),
    async offers(title) {
      await palette(`>${title}`);
      await rows.first().waitFor();
      const offered = (await rows.filter({ hasText: title }).count()) > 0;
      await page.keyboard.press("Escape");
      return offered;
    },
    async goTo(line, column = 1) {
      await page.keyboard.press("Control+g");
      await input.waitFor();
      await input.fill(`:${line}:${column}`);
      await page.keyboard.press("Enter");
      await quickInput.waitFor({ state: "hidden" });
    },
    type: (text) => page.keyboard.type(text, { delay: keyDelayMs }),
    press: (keys) => page.keyboard.press(keys),
    async visibleText() {
      const lines = await page.locator(".editor-instance .monaco-editor .view-line").allInnerTexts();
      return lines.join("\n").replaceAll("\u00a0", " ");
    },
    notification: (text) => page.locator(".notification-toast, .notification-list-item", { hasText: text }).first(),
    statusItem: (text) => page.locator(".statusbar-item", { hasText: text }).first(),
    quickPick: (text) => rows.filter({ hasText: text }).first(),
    problem: () => page.locator(".squiggly-error").first(),
    listEntry: (text) => page.locator(".part.sidebar .monaco-list-row", { hasText: text }).first(),
    walkthrough: (title) => page.locator(".gettingStartedContainer").getByText(title).last(),
    async entryAction(entry, label) {
      const found = page.locator(".part.sidebar .monaco-list-row", { hasText: entry }).first();
      await found.hover();
      await found.locator(`.action-label[aria-label="${label}"]`).click();
    },
    dialogue: (text) => page.locator(".monaco-dialog-box", { hasText: text }).first(),
    async saveAs(path) {
      await quickInput.waitFor();
      await input.fill(path);
      // It looks at the folder first, and does not hear what is pressed meanwhile.
      const end = Date.now() + patienceMs;
      while ((await quickInput.isVisible()) && Date.now() < end) {
        await page.keyboard.press("Enter");
        await page.waitForTimeout(pollMs);
      }
    },
    choose: (button) =>
      page
        .locator(".notification-toast .monaco-button, .monaco-dialog-box .monaco-button", { hasText: button })
        .first()
        .click(),
    webview: (selector) => frameWith(page, async (frame) => (await frame.locator(selector).count()) > 0),
    async rendered(text) {
      const said = (frame: Frame) => frame.locator("body").innerText({ timeout: askingMs });
      const frame = await frameWith(page, async (each) => {
        const body = await said(each);
        return typeof text === "string" ? body.includes(text) : text.test(body);
      });
      return said(frame);
    },
    async answer(asked, text) {
      await quickInput.filter({ hasText: asked }).waitFor();
      await input.fill(text);
      await page.keyboard.press("Enter");
    },
    async trust() {
      await palette(">Workspaces: Manage Workspace Trust");
      await rows.filter({ hasText: "Manage Workspace Trust" }).first().waitFor();
      await page.keyboard.press("Enter");
      await page.locator(".workspace-trust-editor .monaco-button", { hasText: "Trust" }).first().click();
      await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor({ state: "detached" });
    },
    async turn(scheme) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.locator(scheme === "light" ? ".monaco-workbench.vs" : ".monaco-workbench.vs-dark").waitFor();
      const other = scheme === "light" ? "dark" : "light";
      const frames = page.frames().filter((frame) => frame !== page.mainFrame());
      const hasTurned = `!document.body?.classList.contains("vscode-${other}")`;
      // One that goes away meanwhile is not seen either.
      await Promise.allSettled(frames.map((frame) => frame.waitForFunction(hasTurned)));
    },
    async picture(name) {
      const folder = join(repositoryRoot, "test", "vscode", "pictures");
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
    },
    async reload() {
      await page.reload();
      await page.locator(".statusbar").waitFor();
    },
    close,
  };
}
