/**
 * A server is updated before the editors are, and may say more than they know. What it says beyond a schema is let
 * through and kept, also because a receipt is signed with all that it holds; what a schema knows is still held to it.
 */
import * as z from "zod/mini";

/** The same schema, but for objects that hold more than it names, at any depth. */
export function tolerant<Value>(schema: z.ZodMiniType<Value>): z.ZodMiniType<Value> {
  return loosened(schema) as z.ZodMiniType<Value>;
}

function loosened(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = schema._zod as z.core.$ZodTypes["_zod"];
  switch (def.type) {
    case "object": {
      const shape = Object.fromEntries(Object.entries(def.shape).map(([key, each]) => [key, loosened(each)]));
      return z.clone(schema, { ...def, shape, catchall: z.unknown() } as typeof def);
    }
    case "array":
      return z.clone(schema, { ...def, element: loosened(def.element) } as typeof def);
    case "optional":
    case "nullable":
      return z.clone(schema, { ...def, innerType: loosened(def.innerType) } as typeof def);
    case "union":
      return z.clone(schema, { ...def, options: def.options.map(loosened) } as typeof def);
    case "record":
      return z.clone(schema, { ...def, valueType: loosened(def.valueType) } as typeof def);
    default:
      return schema;
  }
}
