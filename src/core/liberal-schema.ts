/** What the schemas of all clients' bodies are made of. */
import * as z from "zod";

export const text = z.string();
/** May be left out, or null: clients do both. */
export const optional = <T extends z.ZodType>(type: T): z.ZodOptional<z.ZodNullable<T>> => type.nullish();
export const record = z.record(z.string(), z.unknown());
/** Fields that are not known pass. */
export const object = z.looseObject;

export const maybeText = optional(text);
export const maybeFlag = optional(z.boolean());
export const maybeNumber = optional(z.number());

/** Where the user of a web search is. */
export const UserLocation = object({ city: maybeText, region: maybeText, country: maybeText, timezone: maybeText });
export type UserLocation = z.infer<typeof UserLocation>;
