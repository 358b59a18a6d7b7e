/** Kinds of values that the config's schemas are made of. */
import * as z from "zod";

export const text = z.string();
export const word = z.string().min(1);
export const flag = z.boolean();
export const words = z.array(word);
export const texts = z.record(z.string(), z.string());

/** A setting that may be left out, with what editors show of it. */
export const opt = <Schema extends z.ZodType>(schema: Schema, description: string): z.ZodOptional<Schema> =>
  schema.optional().describe(description);

/** How connections are made, and whether the other end is local. */
export const transport = {
  ca_file: opt(word, "PEM file of certificate authorities to trust besides the usual ones"),
  proxy: opt(text, 'URL of a proxy; "" for none'),
  local: opt(flag, "whether it counts as local (default: true for a loopback or private address)"),
};
