/**
 * Shows the OpenAPI document of the server that serves this page, and sends what a person has filled in. Text becomes
 * text nodes, never markup. The token lives in its field, and goes nowhere but into requests to this server.
 */

/** Of an answer, shown. */
const maxShown = 100_000;
/** Characters of a regular expression that says more than an example does. */
const maxPattern = 32;
/** Levels of a schema that are open at first. */
const openLevels = 1;

const methods = ["get", "post", "put", "patch", "delete"];

const contents = byId("contents");
const operations = byId("operations");
const filter = byId("filter");
const token = byId("token");

// The description in it takes one line or three: what sticks or scrolls below it has to know.
const head = document.querySelector(".top");
new ResizeObserver(() => {
  document.documentElement.style.setProperty("--head", `${head.offsetHeight}px`);
}).observe(head);

try {
  const response = await fetch("/v1/openapi.json");
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  show(await response.json());
} catch (error) {
  byId("waiting").textContent = `The document could not be read: ${error.message}.`;
}

function byId(id) {
  return document.getElementById(id);
}

/** @param attributes `class`, or any property of the element; `children` are elements and texts */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (key === "class") made.className = value;
    else if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

function show(api) {
  byId("version").textContent = `Version ${api.info.version} · ${api.info.description}`;
  byId("waiting").remove();
  const entries = [];
  for (const [tag, own] of groups(api)) {
    const heading = element("h2", {}, tag);
    const section = element("section", {}, element("h2", {}, tag));
    contents.append(heading);
    operations.append(section);
    for (const operation of own) {
      const card = cardOf(api, operation);
      const link = element(
        "a",
        { href: `#${operation.operationId}` },
        methodOf(operation),
        element("span", { class: "path" }, operation.path),
      );
      link.addEventListener("click", () => {
        card.open = true;
      });
      contents.append(link);
      section.append(card);
      const words = `${operation.method} ${operation.path} ${operation.summary} ${tag}`.toLowerCase();
      entries.push({ words, heading, section, card, link });
    }
  }
  filter.addEventListener("input", () => keepFitting(entries, filter.value.trim().toLowerCase()));
  const named = decodeURIComponent(location.hash.slice(1));
  const opened = named === "" ? null : document.getElementById(named);
  if (opened) {
    opened.open = true;
    opened.scrollIntoView();
  }
}

function groups(api) {
  const byTag = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? "other";
      byTag.set(tag, [...(byTag.get(tag) ?? []), { ...operation, path, method }]);
    }
  }
  return byTag;
}

function keepFitting(entries, text) {
  const used = new Set();
  for (const { words, heading, section, card, link } of entries) {
    const fits = words.includes(text);
    card.hidden = !fits;
    link.hidden = !fits;
    if (fits) used.add(section).add(heading);
  }
  for (const { heading, section } of entries) {
    heading.hidden = !used.has(heading);
    section.hidden = !used.has(section);
  }
}

function methodOf({ method }) {
  return element("span", { class: `method ${method}` }, method);
}

function cardOf(api, operation) {
  const { operationId, path, summary } = operation;
  const card = element(
    "details",
    { class: "operation", id: operationId },
    element(
      "summary",
      {},
      methodOf(operation),
      element("span", { class: "path" }, path),
      element("span", { class: "says" }, summary),
      element("span", { class: "role" }, operation["x-role"]),
    ),
  );
  // Made when it is opened first: a page of everything would be slow to show.
  card.addEventListener(
    "toggle",
    () => {
      card.append(bodyOf(api, operation));
    },
    { once: true },
  );
  return card;
}

function bodyOf(api, operation) {
  const body = element("div", { class: "body" });
  if (operation.description) body.append(element("p", {}, operation.description));
  for (const [place, title] of [
    ["path", "In the path"],
    ["query", "In the query"],
  ]) {
    const own = (operation.parameters ?? []).filter((parameter) => parameter.in === place);
    if (own.length === 0) continue;
    const list = element("ul", { class: "fields" });
    for (const { name, schema, required } of own) list.append(fieldOf(api, name, schema, required, 0, []));
    body.append(element("h3", {}, title), list);
  }
  const sent = operation.requestBody?.content?.["application/json"];
  if (sent) {
    body.append(
      element("h3", {}, operation.requestBody.required ? "The body" : "The body, which may be left out"),
      schemaOf(api, sent.schema, 0, []),
    );
  }
  body.append(element("h3", {}, "Answers"), answersOf(api, operation), tryOf(operation, sent));
  return body;
}

function answersOf(api, { responses }) {
  const table = element("table");
  for (const [status, written] of Object.entries(responses)) {
    const response = resolved(api, written);
    const cell = element("td", {}, response.description);
    const [type, content] = Object.entries(response.content ?? {})[0] ?? [];
    if (content && Number(status) < 300) {
      if (type !== "application/json") cell.append(element("p", { class: "note" }, type));
      if (content["x-events"]) {
        for (const [name, schema] of Object.entries(content["x-events"])) {
          cell.append(element("p", { class: "note" }, `event: ${name}`), schemaOf(api, schema, openLevels + 1, []));
        }
      } else if (type === "application/json") cell.append(schemaOf(api, content.schema, 0, []));
    }
    table.append(element("tr", {}, element("td", {}, status), cell));
  }
  return table;
}

function resolved(api, schema) {
  const ref = schema.$ref;
  if (ref === undefined) return schema;
  let found = api;
  for (const part of ref.replace(/^#\//u, "").split("/")) found = found[part];
  return found;
}

function nameOf({ $ref }) {
  return $ref?.slice($ref.lastIndexOf("/") + 1);
}

/** @param above names of the schemas around it: one that holds itself is not unfolded for ever */
function schemaOf(api, written, level, above) {
  const schema = resolved(api, written);
  const name = nameOf(written);
  const inside = name === undefined ? above : [...above, name];
  const list = element("ul", { class: "fields" });
  if (name !== undefined && above.includes(name)) return list;
  if (schema.properties) {
    for (const [key, member] of Object.entries(schema.properties)) {
      list.append(fieldOf(api, key, member, schema.required?.includes(key) ?? false, level, inside));
    }
  }
  for (const option of schema.anyOf ?? schema.oneOf ?? []) {
    list.append(fieldOf(api, titleOf(api, option), option, undefined, level, inside));
  }
  if (schema.items) list.append(fieldOf(api, "each", schema.items, undefined, level, inside));
  if (typeof schema.additionalProperties === "object" && Object.keys(schema.additionalProperties).length > 0) {
    list.append(fieldOf(api, "any name", schema.additionalProperties, undefined, level, inside));
  }
  if (list.children.length === 0) list.append(element("li", { class: "type" }, typeOf(api, written)));
  return list;
}

/** What tells an option from the others: its name, or the constants that it holds. */
function titleOf(api, option) {
  const schema = resolved(api, option);
  const constant = Object.values(schema.properties ?? {}).find(
    (member) => member.const !== undefined && member.const !== 1,
  );
  return nameOf(option) ?? (constant === undefined ? "or" : String(constant.const));
}

function fieldOf(api, name, written, required, level, above) {
  const schema = resolved(api, written);
  const line = [
    element("span", { class: "name" }, name),
    " ",
    element("span", { class: "type" }, typeOf(api, written)),
    ...(required ? [" ", element("span", { class: "needed" }, "needed")] : []),
  ];
  const note = schema.description ? element("div", { class: "note" }, schema.description) : undefined;
  if (!hasMore(schema)) return element("li", {}, ...line, note);
  const details = element("details", {}, element("summary", {}, ...line));
  const fill = () => {
    if (details.children.length === 1) details.append(schemaOf(api, written, level + 1, above));
  };
  if (level < openLevels) {
    details.open = true;
    fill();
  } else details.addEventListener("toggle", fill, { once: true });
  return element("li", {}, details, note);
}

function hasMore(schema) {
  const { properties, anyOf, oneOf, items, additionalProperties } = schema;
  if (properties && Object.keys(properties).length > 0) return true;
  if ((anyOf ?? oneOf ?? []).some((option) => option.$ref || option.properties || option.items)) return true;
  if (items) return Boolean(items.$ref || items.properties || items.items || items.anyOf || items.oneOf);
  return typeof additionalProperties === "object" && Boolean(additionalProperties.properties);
}

function typeOf(api, written) {
  const schema = resolved(api, written);
  const name = nameOf(written);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const options = schema.anyOf ?? schema.oneOf;
  if (options && !hasMore(schema)) return options.map((option) => typeOf(api, option)).join(" | ");
  if (options) return name ?? "one of";
  if (schema.type === "array")
    return `list of ${schema.items ? typeOf(api, schema.items) : "anything"}${limits(schema)}`;
  return `${name ?? schema.type ?? "anything"}${limits(schema)}`;
}

function limits({
  type,
  minimum,
  exclusiveMinimum,
  maximum,
  minLength,
  maxLength,
  minItems,
  maxItems,
  pattern,
  examples,
}) {
  const said = [];
  const range = (low, high, unit) => {
    if (low !== undefined && high !== undefined) said.push(`${low} to ${high}${unit}`);
    else if (low !== undefined) said.push(`at least ${low}${unit}`);
    else if (high !== undefined) said.push(`at most ${high}${unit}`);
  };
  const top = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const bottom = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  range(exclusiveMinimum === undefined ? bottom : exclusiveMinimum + 1, top, "");
  if (minLength === 1 && maxLength === undefined) said.push("not empty");
  else range(minLength === 0 ? undefined : minLength, maxLength, " characters");
  if (minItems === 1 && maxItems === undefined) said.push("not empty");
  else range(minItems === 0 ? undefined : minItems, maxItems, " entries");
  if (type === "string" && pattern)
    said.push(pattern.length > maxPattern && examples ? `such as ${examples[0]}` : pattern);
  return said.length === 0 ? "" : ` (${said.join(", ")})`;
}

function tryOf(operation, sent) {
  const { path, method, parameters = [] } = operation;
  const fields = parameters.map((parameter) => {
    const input = element("input", {
      autocomplete: "off",
      spellcheck: false,
      placeholder: parameter.schema.enum?.join(" ") ?? "",
    });
    return {
      ...parameter,
      input,
      row: element("label", {}, element("span", { class: "name" }, parameter.name), input),
    };
  });
  const text = sent && element("textarea", { spellcheck: false, value: JSON.stringify(sent.example, null, 2) });
  const send = element("button", { type: "button" }, `Send ${method.toUpperCase()}`);
  const stop = element("button", { type: "button", class: "second", hidden: true }, "Stop");
  const answer = element("div", { class: "answer", "aria-live": "polite" });
  send.addEventListener("click", async () => {
    const stopper = new AbortController();
    stop.onclick = () => stopper.abort();
    send.disabled = true;
    stop.hidden = false;
    try {
      await ask({ method, url: addressOf(path, fields), body: text?.value, answer, signal: stopper.signal });
    } finally {
      send.disabled = false;
      stop.hidden = true;
    }
  });
  return element(
    "div",
    { class: "try" },
    element("h3", {}, "Try it"),
    ...fields.map(({ row }) => row),
    text && element("label", { class: "tall" }, element("span", { class: "name" }, "body"), text),
    element("div", { class: "buttons" }, send, stop),
    answer,
  );
}

function addressOf(path, fields) {
  let address = path;
  const query = new URLSearchParams();
  for (const field of fields) {
    const value = field.input.value;
    if (field.in === "query") {
      if (value !== "") query.append(field.name, value);
    } else {
      // What follows /files/ may hold slashes.
      const parts = path.endsWith(`/{${field.name}}`) && path.includes("/files/") ? value.split("/") : [value];
      address = address.replace(`{${field.name}}`, parts.map(encodeURIComponent).join("/"));
    }
  }
  return query.size === 0 ? address : `${address}?${query}`;
}

async function ask({ method, url, body, answer, signal }) {
  const status = element("p", { class: "status" }, "…");
  const shown = element("pre", { tabIndex: 0 });
  answer.replaceChildren(status);
  const headers = {};
  if (token.value.trim() !== "") headers.authorization = `Bearer ${token.value.trim()}`;
  if (body !== undefined && body.trim() !== "") headers["content-type"] = "application/json";
  try {
    const response = await fetch(url, {
      method,
      headers,
      body: body?.trim() || undefined,
      signal,
      credentials: "omit",
    });
    status.textContent = `${response.status} ${response.statusText}`;
    status.classList.add(response.ok ? "good" : "bad");
    answer.append(shown);
    await showBody(response, shown);
    if (shown.textContent === "") shown.remove();
  } catch (error) {
    if (!signal.aborted) {
      status.textContent = `The server could not be asked: ${error.message}`;
      status.classList.add("bad");
    }
  }
}

/** As it comes, for events; laid out once it is whole, for JSON. */
async function showBody(response, shown) {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
    shown.textContent = text.length > maxShown ? `${text.slice(0, maxShown)}\n… and more` : text;
    if (text.length > maxShown) {
      await reader.cancel();
      return;
    }
  }
  if (!/json(?:;|$)/u.test(response.headers.get("content-type") ?? "")) return;
  try {
    shown.textContent = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // It stays as it came.
  }
}
