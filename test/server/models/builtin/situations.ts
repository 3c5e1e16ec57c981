/** What the golden file shows: a dozen things that people do, and one that they do not. */
import type { Story } from "./editing.ts";

const lines = (...all: string[]) => all.map((line) => `${line}\n`).join("");

export const situations: readonly (Story & { readonly title: string })[] = [
  {
    title: "One of three equal calls was replaced",
    states: [
      lines("const a = JSON.parse(left)", "const b = JSON.parse(right)", "const c = JSON.parse(third)"),
      lines("const a = decode(left)‸", "const b = JSON.parse(right)", "const c = JSON.parse(third)"),
    ],
  },
  {
    title: "A line of the same shape has other names",
    states: [
      lines("if (width === undefined) {", "  width = 80", "}", "if (height === undefined) {", "  height = 24", "}"),
      lines("if (width == null) {‸", "  width = 80", "}", "if (height === undefined) {", "  height = 24", "}"),
    ],
  },
  {
    title: "A rename was begun",
    states: [
      lines("function load(userName: string) {", "  log(userName)", "  return users.get(userName)", "}"),
      lines("function load(loginName‸: string) {", "  log(userName)", "  return users.get(userName)", "}"),
    ],
  },
  {
    title: "A rename reaches names that are made from the name",
    states: [
      lines("type userInput = string", "const parseUserInput = 1", "const userInputs = 2"),
      lines("type userQuery‸ = string", "const parseUserInput = 1", "const userInputs = 2"),
    ],
  },
  {
    title: "The other file got the same edit a moment ago",
    path: "src/node.ts",
    elsewhere: [
      {
        path: "src/deno.ts",
        before: lines("export const run = () => {", "  start()", "}"),
        after: lines("export const run = async () => {", "  await start()", "}"),
      },
    ],
    states: [lines("‸import { start } from './start'", "", "export const run = () => {", "  start()", "}")],
  },
  {
    title: "Two deletions of a kind, a third line left",
    states: [
      lines("open()", "console.log('opened')", "read()", "console.log('read')", "close()", "console.log('closed')"),
      lines("open()", "read()", "console.log('read')", "close()", "console.log('closed')"),
      lines("open()", "read()‸", "close()", "console.log('closed')"),
    ],
  },
  {
    title: "A field got a sibling, and its other uses have none yet",
    states: [
      lines("type Size = {", "  width: number", "}", "const size = {", "  width: 1,", "}"),
      lines("type Size = {", "  width: number", "  height: number‸", "}", "const size = {", "  width: 1,", "}"),
    ],
  },
  {
    title: "Lines that count",
    states: [
      lines("const port = {", "}"),
      lines("const port = {", "  slot1: open(1),", "}"),
      lines("const port = {", "  slot1: open(1),", "  slot2: open(2),‸", "}"),
    ],
  },
  {
    title: "A line was begun that was written before",
    states: [
      lines("import { a } from './a'", "test('a', () => {", "})"),
      lines(
        "import { a } from './a'",
        "test('a', () => {",
        "  expect(run(a)).toBe(true)",
        "})",
        "test('b', () => {",
        "})",
      ),
      lines(
        "import { a } from './a'",
        "test('a', () => {",
        "  expect(run(a)).toBe(true)",
        "})",
        "test('b', () => {",
        "  exp‸",
        "})",
      ),
    ],
  },
  {
    title: "A call is not closed yet",
    states: [
      lines("const x = first(1);", "const y = second(2);"),
      lines("const x = first(1);", "const y = second(2);", "const z = third([x, y‸"),
    ],
  },
  {
    title: "The person changed their mind: what they took back is not brought back",
    states: [
      lines("const limit = 10", "const other = 10"),
      lines("const limit = 20", "const other = 10"),
      lines("const limit = 10‸", "const other = 10"),
    ],
  },
  {
    title: "Nothing to go by",
    states: [lines("export function area(r: number) {", "  return Math.PI * r ** 2‸", "}")],
  },
];
