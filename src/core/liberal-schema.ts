/** What the schemas of all clients' bodies are made of. */
import * as z from "zod";

export const text = z.string();
/** May be left out, or null: clients do both. */
export const optional = <T extends z.ZodType>(type: T): z.ZodOptional<z.ZodNullable<T>> => type.nullish();
export const record = z.record(z.string(), z.unknown());
