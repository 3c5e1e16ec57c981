/** Style and script of the consent page. Colours are the theme's own, so that light, dark and high contrast all hold. */

export const consentStyle = `
body { padding: 0 24px 48px; color: var(--vscode-foreground); background: var(--vscode-editor-background);
  font: var(--vscode-font-size, 13px)/1.55 var(--vscode-font-family, sans-serif); }
main { max-width: 820px; margin: 0 auto; }
h1 { font-size: 1.9em; font-weight: 600; margin: 32px 0 8px; }
h2 { font-size: 1.3em; font-weight: 600; margin: 36px 0 8px; }
h3 { font-size: 1em; font-weight: 600; margin: 22px 0 6px; }
p, ul { margin: 6px 0; }
ul { padding-left: 20px; }
li { margin: 5px 0; }
.lead { font-size: 1.1em; }
.note, figcaption, dt { color: var(--vscode-descriptionForeground); }
code, pre { font-family: var(--vscode-editor-font-family, monospace); font-size: var(--vscode-editor-font-size, 12px); }
code { color: inherit; background: none; padding: 0; }
pre { margin: 4px 0 10px; padding: 10px 12px; overflow: auto; max-height: 22em; white-space: pre; tab-size: 4; line-height: 1.45;
  color: var(--vscode-editor-foreground); background: var(--vscode-textCodeBlock-background);
  border: 1px solid var(--vscode-contrastBorder, transparent); border-radius: 4px; }
figure { margin: 0 0 10px; }
mark { color: inherit; background: var(--vscode-editor-selectionBackground, transparent);
  outline: 1px dashed var(--vscode-contrastActiveBorder, transparent); }
.cursor { display: inline-block; width: 0; height: 1.15em; margin: 0 -1px; vertical-align: text-bottom;
  border-left: 2px solid var(--vscode-editorCursor-foreground, currentColor); }
ins { text-decoration: none; background: var(--vscode-diffEditor-insertedTextBackground, transparent); }
del { text-decoration: none; background: var(--vscode-diffEditor-removedTextBackground, transparent); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 4px 0; }
dd { margin: 0; overflow-wrap: anywhere; }
form { margin-top: 40px; padding: 4px 24px 20px; border: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, #8888)); border-radius: 6px; }
form h2 { margin-top: 18px; }
.switch { display: flex; gap: 14px; align-items: flex-start; margin: 16px 0; }
.switch label { font-weight: 600; cursor: pointer; }
.switch p { margin: 2px 0 0; }
input[role=switch] { appearance: none; flex: none; box-sizing: border-box; width: 36px; height: 20px; margin: 1px 0 0; border-radius: 10px;
  border: 1px solid var(--vscode-foreground); background: transparent; position: relative; cursor: pointer; }
input[role=switch]::after { content: ""; position: absolute; left: 3px; top: 3px; width: 12px; height: 12px; border-radius: 50%;
  background: var(--vscode-foreground); }
input[role=switch]:checked { background: var(--vscode-button-background); border-color: var(--vscode-contrastBorder, var(--vscode-button-background)); }
input[role=switch]:checked::after { left: 19px; background: var(--vscode-button-foreground); }
input[role=switch]:disabled { opacity: .5; cursor: not-allowed; }
button { padding: 6px 14px; font: inherit; cursor: pointer; border-radius: 3px; border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, transparent));
  color: var(--vscode-button-foreground); background: var(--vscode-button-background); }
button:hover { background: var(--vscode-button-hoverBackground); }
button.secondary { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); }
button.secondary:hover { background: var(--vscode-button-secondaryHoverBackground); }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 20px; }
:focus-visible { outline: 2px solid var(--vscode-focusBorder); outline-offset: 2px; }
#said:not(:empty) { font-weight: 600; margin-top: 12px; }
`;

/** Sends back what the person did; decides nothing. */
export const consentScript = `
const vscode = acquireVsCodeApi();
const form = document.getElementById("switches");
const said = document.getElementById("said");
const cancel = document.getElementById("cancel");
const unsaved = cancel.textContent;
const switches = [...form.querySelectorAll("input[role=switch]")];
const on = () => switches.filter((each) => each.checked).map((each) => each.name);
// The page is built anew when it was hidden; what was marked and not saved yet stays marked.
const marked = vscode.getState()?.on;
if (marked) for (const each of switches) each.checked = !each.disabled && marked.includes(each.name);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  vscode.postMessage({ type: "save", on: on() });
});
form.addEventListener("change", () => {
  said.textContent = "";
  cancel.textContent = unsaved;
  vscode.setState({ on: on() });
});
cancel.addEventListener("click", () => vscode.postMessage({ type: "close" }));
document.getElementById("again").addEventListener("click", () => vscode.postMessage({ type: "again" }));
window.addEventListener("message", ({ data }) => {
  if (data?.type !== "saved") return;
  said.textContent = data.sentence;
  document.getElementById("lead").textContent = data.lead;
  cancel.textContent = data.close;
});
`;
