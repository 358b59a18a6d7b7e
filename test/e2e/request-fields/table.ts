/** What a row of the table of a request's fields says, and rows that many fields have alike. */
import type { Document } from "../../support/response-schemas.ts";
import type { Json } from "../../support/response-rules.ts";

export interface Taken {
  /** Of the response. */
  echo?: Json;
  /** All that the Chat host is sent beside model, messages and stream. */
  sent?: Json;
  /** The header that lists it. */
  ignored?: string;
  /** A document by which the value cannot be. */
  unknown_to?: Document;
}

export interface Field {
  taken: [body: Json, becomes: Taken][];
  refused: [body: Json, code: string | null, param: string | null, status?: number][];
}

export const long = (length: number): string => "x".repeat(length);

/** Fields that take a text, with the longest where there is one. */
export const textField = (field: string, longest?: number): Field => ({
  taken: [
    [{ [field]: "words" }, { echo: { [field]: "words" } }],
    [{ [field]: null }, {}],
  ],
  refused: [
    [{ [field]: 5 }, "invalid_type", field],
    ...(longest === undefined
      ? []
      : [[{ [field]: long(longest + 1) }, "string_above_max_length", field] satisfies Field["refused"][number]]),
  ],
});

/** Numbers that go on as they are. `usual` is told where none was asked for. */
export const decimal = (field: string, least: number, most: number, usual: number): Field => ({
  taken: [
    ...[least, most].map((value): Field["taken"][number] => [
      { [field]: value },
      { echo: { [field]: value }, sent: { [field]: value } },
    ]),
    [{ [field]: null }, { echo: { [field]: usual } }],
  ],
  refused: [
    [{ [field]: "1" }, "invalid_type", field],
    [{ [field]: most + 0.1 }, "decimal_above_max_value", field],
    [{ [field]: least - 0.1 }, "decimal_below_min_value", field],
  ],
});
