/** What the schemas of all clients' bodies are made of. */
import * as z from "zod";

export const text = z.string();
/** May be left out, or null: clients do both. */
export const optional = <T extends z.ZodType>(type: T): z.ZodOptional<z.ZodNullable<T>> => type.nullish();
export const record = z.record(z.string(), z.unknown());
export const words = optional(text);
export const flag = optional(z.boolean());
export const number = optional(z.number());

/** Where the user of a web search is. */
export const UserLocation = z.looseObject({ city: words, region: words, country: words, timezone: words });
export type UserLocation = z.infer<typeof UserLocation>;
