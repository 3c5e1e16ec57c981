/**
 * What a stage's option schema says of each option, in the form that flags, help and the reference are made from. A
 * schema is flat: strings, numbers, booleans, enums and lists of them, each with a default and a description.
 */
import * as z from "zod/mini";

export interface OptionField {
  /** The key in a task file, `keepTrivial`. */
  readonly name: string;
  /** The same as a flag, `--keep-trivial`. */
  readonly flag: string;
  readonly type: "string" | "number" | "boolean" | "list";
  /** Of an enum, or of a list's entries; undefined where anything may stand. */
  readonly choices: readonly string[] | undefined;
  /** null: none. */
  readonly default: string | number | boolean | readonly string[] | null;
  readonly description: string;
}

/** @throws Error for a schema that is not flat, has no default or says nothing of itself: a fault of the stage's author. */
export function optionFields(schema: z.core.$ZodType): OptionField[] {
  const def = defOf(schema);
  if (def.type !== "object") throw new Error("a stage's options are an object");
  return Object.entries(def.shape).map(([name, member]) => fieldOf(name, member));
}

function fieldOf(name: string, schema: z.core.$ZodType): OptionField {
  let description: string | undefined;
  let byDefault: OptionField["default"] | undefined;
  let at = schema;
  for (;;) {
    description ??= z.globalRegistry.get(at)?.description;
    const def = defOf(at);
    if (def.type === "default" || def.type === "prefault") {
      byDefault = def.defaultValue as OptionField["default"];
      at = def.innerType;
    } else if (def.type === "nullable" || def.type === "optional") at = def.innerType;
    else break;
  }
  if (byDefault === undefined) throw new Error(`the option ${name} has no default`);
  if (description === undefined) throw new Error(`the option ${name} has no description`);
  return { name, flag: `--${kebab(name)}`, ...typeOf(name, at), default: byDefault, description };
}

function typeOf(name: string, schema: z.core.$ZodType): Pick<OptionField, "type" | "choices"> {
  const def = defOf(schema);
  switch (def.type) {
    case "string":
    case "number":
    case "boolean":
      return { type: def.type, choices: undefined };
    case "enum":
      return { type: "string", choices: Object.values(def.entries).map(String) };
    case "array":
      return { type: "list", choices: typeOf(name, def.element).choices };
    default:
      throw new Error(`the option ${name} is of a type that no flag can have`);
  }
}

function defOf(schema: z.core.$ZodType): z.core.$ZodTypes["_zod"]["def"] {
  return (schema as z.core.$ZodTypes)._zod.def;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}
