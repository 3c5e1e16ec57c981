/** What this server answers, for programs (OpenAPI) and for people: a page that shows the document and tries it. */
import { readFile } from "node:fs/promises";
import packageJson from "../../../package.json" with { type: "json" };
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";
import { docsFile } from "../docs-files.ts";
import type { OpenApiDocument } from "../openapi.ts";
import { openApiDocument } from "../openapi.ts";

/** The page's own files and answers, and nothing else; no text becomes markup. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const pageFiles = [
  { path: "/docs", file: "page.html", contentType: "text/html; charset=utf-8", summary: "This document as a page." },
  { path: "/docs/page.css", file: "page.css", contentType: "text/css; charset=utf-8", summary: "The page's style." },
  { path: "/docs/icon.svg", file: "icon.svg", contentType: "image/svg+xml", summary: "The page's icon." },
  {
    path: "/docs/page.js",
    file: "page.js",
    contentType: "text/javascript; charset=utf-8",
    summary: "The page's program.",
  },
] as const;

/** @param others what the document is about, besides itself */
export function openApiRoutes(others: readonly Route[]): Route[] {
  let made: OpenApiDocument | undefined;
  const document = defineRoute({
    method: "get",
    path: "/v1/openapi.json",
    role: "anyone",
    summary: "What this server answers: an OpenAPI 3.1 document.",
    response: { description: "The document.", contentType: "application/json" },
    handler: async () => ({
      send: async (response) => {
        made ??= openApiDocument([...others, document], packageJson.version);
        response.end(`${JSON.stringify(made)}\n`);
      },
    }),
  });
  const page = pageFiles.map(({ path, file, contentType, summary }) =>
    defineRoute({
      method: "get",
      path,
      role: "anyone",
      summary,
      response: { description: "The file.", contentType },
      handler: async () => {
        const bytes = await readFile(docsFile(file));
        return {
          headers: { "content-security-policy": pagePolicy, "cache-control": "no-cache" },
          send: async (response) => {
            response.end(bytes);
          },
        };
      },
    }),
  );
  const front = defineRoute({
    method: "get",
    path: "/",
    role: "anyone",
    summary: "Leads to the page.",
    response: { status: 302, description: "The page is at /docs." },
    handler: async () => ({ headers: { location: "/docs" } }),
  });
  return [document, front, ...page];
}
