/** Sets keys at the top of a user's YAML file: every other byte stays. */
import { isMap, isNode, isScalar, parseDocument } from "yaml";
import { SettingsError } from "./json-settings.ts";

export function setYaml(text: string | undefined, settings: Readonly<Record<string, string>>): string {
  let result = text ?? "";
  for (const [key, value] of Object.entries(settings)) result = setOne(result, key, value);
  const values = read(result).toJS() as Record<string, unknown>;
  for (const [key, value] of Object.entries(settings))
    if (values[key] !== value)
      throw new SettingsError(`is written in a way in which ${key} cannot be set; set it by hand`);
  return result;
}

function read(text: string): ReturnType<typeof parseDocument> {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new SettingsError(`is not valid YAML: ${error.message.split("\n")[0]}; correct it there first`);
  if (document.contents !== null && !isMap(document.contents))
    throw new SettingsError("is not a YAML mapping; correct it first");
  return document;
}

function setOne(text: string, key: string, value: string): string {
  const { contents } = read(text);
  const written = JSON.stringify(value);
  const pair = isMap(contents)
    ? contents.items.find((each) => isScalar(each.key) && each.key.value === key)
    : undefined;
  const range = isNode(pair?.value) ? pair.value.range : undefined;
  if (range) {
    const [start, end] = range;
    return `${text.slice(0, start)}${text[start - 1] === ":" ? " " : ""}${written}${text.slice(end)}`;
  }
  const lineBreak = /\r?\n/.exec(text)?.[0] ?? "\n";
  const gap = text === "" || text.endsWith("\n") ? "" : lineBreak;
  return `${text}${gap}${key}: ${written}${lineBreak}`;
}
