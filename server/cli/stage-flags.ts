/** A stage's options as flags, and flags back as options. */
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { validate } from "../configuration/validate.ts";
import { ConfigurationError } from "../errors.ts";
import type { OptionField } from "../stages/option-fields.ts";
import { optionFields } from "../stages/option-fields.ts";
import type { Stage } from "../stages/stage.ts";

/** Longer ones stand in the flag's description, which wraps. */
const maxChoicesLength = 30;

/** What flags are made from: a stage, or anything else with options in a schema like a stage's. */
type HasOptions<Options> = Pick<Stage<Options>, "name" | "options">;

/** Adds a flag for each option of `stage` to `command`, under a heading of their own. */
export function addStageFlags(command: Command, stage: HasOptions<unknown>): void {
  for (const field of optionFields(stage.options)) {
    command.addOption(flagOf(field).helpGroup(`Options of ${stage.name}:`));
  }
}

/**
 * The options that the flags leave, defaults filled in.
 * @param given what commander parsed
 * @throws ConfigurationError that names each flag that is wrong
 */
export function stageOptions<Options>(stage: HasOptions<Options>, given: Readonly<Record<string, unknown>>): Options {
  const fields = optionFields(stage.options);
  const set = fields.filter((field) => given[field.name] !== undefined).map((field) => [field.name, given[field.name]]);
  const result = validate(stage.options, Object.fromEntries(set));
  if (result.ok) return result.value;
  const problems = result.problems.map((problem) => {
    const field = fields.find(({ name }) => problem.startsWith(name));
    return field === undefined ? problem : `${field.flag}${problem.slice(field.name.length)}`;
  });
  throw new ConfigurationError(`${stage.name}: ${problems.join(" ")}`);
}

export function hasOption(stage: Stage<unknown>, name: string): boolean {
  return optionFields(stage.options).some((field) => field.name === name);
}

function flagOf(field: OptionField): Option {
  // The default stands in the help only: the schema fills it in, so that there is one place for it.
  const text = Array.isArray(field.default) ? field.default.join(",") : String(field.default ?? "");
  const description = text === "" ? field.description : `${field.description} (default: ${text})`;
  const { flag } = field;
  switch (field.type) {
    case "boolean":
      // A flag that only repeats the default would be noise: what can be said is the opposite.
      if (field.default === true) return new Option(flag.replace("--", "--no-"), `turn off: ${field.description}`);
      return new Option(flag, field.description);
    case "number":
      return new Option(`${flag} <number>`, description).argParser(parseNumber);
    case "list": {
      const choices = field.choices?.join(",") ?? "a,b";
      if (choices.length <= maxChoicesLength)
        return new Option(`${flag} <${choices}>`, description).argParser(parseList);
      return new Option(`${flag} <a,b>`, `${description} Of: ${field.choices?.join(", ")}.`).argParser(parseList);
    }
    case "string":
      if (field.choices === undefined) return new Option(`${flag} <text>`, description);
      return new Option(`${flag} <name>`, description).choices(field.choices);
  }
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) throw new InvalidArgumentError("It is no number.");
  return number;
}

/** A whole number of at least 0. */
export function parseNatural(text: string): number {
  const number = Number(text);
  if (!/^\d+$/u.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError("It is no whole number of 0 or more.");
  }
  return number;
}

/** A whole number of at least 1. */
export function parsePositive(text: string): number {
  const number = parseNatural(text);
  if (number === 0) throw new InvalidArgumentError("It must be at least 1.");
  return number;
}

/** US dollars above 0, with or without the sign. */
export function parseUsd(text: string): number {
  const usd = Number(text.replace(/^\$/u, ""));
  if (!/^\$?\d*\.?\d+$/u.test(text) || !Number.isFinite(usd) || usd === 0) {
    throw new InvalidArgumentError("It is no amount in US dollars, such as 25 or 0.50.");
  }
  return usd;
}

export function parseList(text: string): string[] {
  return text === "" ? [] : text.split(",").map((entry) => entry.trim());
}
