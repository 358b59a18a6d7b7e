/** Prompts that would be known again anywhere, and the ways in which hosts quote what they were asked. */
import { expect } from "bun:test";
import { FORMS } from "./secret-forms.ts";

export const PROMPTS = [
  "zebra",
  "Where is Zanzibar?",
  "hunter2",
  "My PIN is 48151623, is it safe?",
  'Jane said "quinoa" and\nleft\tthe marzipan\r\nbehind the zeppelin',
  "C:\\Users\\jane\\zucchini.txt",
  "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich",
  "天安门广场在哪里",
  "<script>alert('zirconium')</script>",
  "please delete the zygote file of quentin@zoo.example at 10.77.88.99",
  "The launch code of the third silo is kept in the drawer below the window, beside the spare fuses.",
  '{"ssn":"078-05-1120","name":"Quasimodo"}',
  "fix `parseZodiac` in src/zodiac/parse.ts",
  `${"zig zag zoom ".repeat(300)}`,
];

/** Words of a prompt by which it would be known: not those that every error has, too. */
const COMMON = new Set(
  "the and said left behind where safe please delete file quer launch code third kept below window beside spare name parse src script alert users fix".split(
    " ",
  ),
);

/** Short numbers are in every log: as times, ports, counts. */
function wordsOf(prompt: string): string[] {
  const words = prompt.match(/[\p{L}\p{N}]{4,}/gu) ?? [];
  return [...new Set(words)].filter((word) => !COMMON.has(word.toLowerCase()) && !/^\d{1,4}$/.test(word));
}

export const JSON_TEXT = (text: string): string => JSON.stringify(text).slice(1, -1);

/** How a host quotes what it was asked: each makes a text that can stand in a JSON text. */
export const QUOTES: Readonly<Record<string, (prompt: string) => string>> = {
  "as it is": JSON_TEXT,
  "in a sentence": (prompt) => JSON_TEXT(`cannot process '${prompt}' with this model, please try again`),
  "within its own words": (prompt) => JSON_TEXT(`invalid value: ${prompt} is not supported. Expected a string`),
  "as a Python value": (prompt) =>
    JSON_TEXT(`Input should be a valid list [type=list_type, input_value='${prompt}', input_type=str]`),
  "as the whole request": (prompt) =>
    JSON_TEXT(JSON.stringify({ model: "m", input: [{ role: "user", content: prompt }], stream: true })),
  "cut at the end": (prompt) => JSON_TEXT(`got ${prompt.slice(0, Math.max(4, Math.ceil(prompt.length * 0.8)))}...`),
  "cut at the beginning": (prompt) =>
    JSON_TEXT(`near ...${prompt.slice(-Math.max(4, Math.ceil(prompt.length * 0.8)))}`),
  "one word a line": (prompt) => JSON_TEXT(prompt.split(/\s+/).join("\n- ")),
  "its words in another order": (prompt) => JSON_TEXT(prompt.split(/\s+/).toReversed().join(" ")),
  "in capitals": (prompt) => JSON_TEXT(prompt.toUpperCase()),
  "percent-encoded": (prompt) => JSON_TEXT(encodeURIComponent(prompt)),
  "as \\u escapes": (prompt) => FORMS["as \\u escapes"]?.(prompt) ?? "",
  "as \\u escapes of escapes": (prompt) => JSON_TEXT(FORMS["as \\u escapes"]?.(prompt) ?? ""),
  "in base64": (prompt) => Buffer.from(prompt).toString("base64"),
  "as a field": (prompt) =>
    JSON_TEXT(`Unknown parameter: '${prompt}'. messages.0.${prompt}: ${prompt.replaceAll(/\W+/g, "_")}`),
  "as a model": (prompt) => JSON_TEXT(`The model \`${prompt}\` does not exist`),
};

/** What a reader of the log could make of it. */
function readable(log: string): string {
  const base64 = [...log.matchAll(/[A-Za-z0-9+/]{8,}={0,2}/g)].map(([word]) =>
    Buffer.from(word, "base64").toString("utf8"),
  );
  let percent = log;
  try {
    percent = decodeURIComponent(log.replaceAll(/%(?![\da-f]{2})/gi, "%25"));
  } catch {
    // It holds none.
  }
  const escapes = log.replaceAll(/\\+u([\da-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return [log, percent, escapes, ...base64].join("\n").toLowerCase();
}

export function expectNoPrompt(what: unknown, log: string, prompt: string): void {
  const all = readable(log);
  const found = wordsOf(prompt).filter((word) => all.includes(word.toLowerCase()));
  expect([what, found, found.length === 0 ? "" : log]).toEqual([what, [], ""]);
}
