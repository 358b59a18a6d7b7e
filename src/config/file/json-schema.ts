/** The config file's shape for editors, as JSON Schema. */
import * as z from "zod";
import { fileSchema } from "./schema.ts";

export function configJsonSchema(): unknown {
  return { title: "juscode-shim config", ...z.toJSONSchema(fileSchema, { io: "input" }) };
}
