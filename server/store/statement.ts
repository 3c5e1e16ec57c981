/**
 * Statements of the hot paths: compiled by Kysely once, then run with other parameters each time. Nothing here loads
 * Kysely: the thread that only calls the store does without it.
 */
import type { Compilable, CompiledQuery, Kysely } from "kysely";
import type { Query } from "./database.ts";
import type { StoreTables } from "./tables.ts";

/** Stands for a parameter while the statement is compiled. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * @param write the statement, with `param(NAME)` wherever a value of the parameters goes
 * @returns what makes a query to run from the parameters
 */
export function statement<Params extends object, Row>(
  write: (
    build: Kysely<StoreTables>,
    param: <Name extends keyof Params & string>(name: Name) => Params[Name],
  ) => Compilable<Row>,
): (params: Params) => Query<StoreTables, Row> {
  let template: CompiledQuery<Row> | undefined;
  return (params) => ({
    compileWith(build) {
      template ??= write(build, (name) => new Placeholder(name) as never).compile();
      const parameters = template.parameters.map((value) =>
        value instanceof Placeholder ? params[value.name as keyof Params] : value,
      );
      return { sql: template.sql, parameters };
    },
  });
}
