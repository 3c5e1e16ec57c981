/** `stillpoint schema [RECORD]`: prints a record's JSON Schema. */
import { Argument, Command } from "commander";
import type { RecordName } from "../../shared/records/json-schema.ts";
import { recordJsonSchema, recordNames } from "../../shared/records/json-schema.ts";
import type { CliContext } from "./context.ts";

export function schemaCommand(cli: CliContext): Command {
  return new Command("schema")
    .description("Prints a record's JSON Schema (draft 2020-12), for readers and writers in other languages.")
    .addArgument(new Argument("[record]", "which record").choices(recordNames).default("example"))
    .action((record: RecordName) => cli.print(JSON.stringify(recordJsonSchema(record), null, 2)));
}
