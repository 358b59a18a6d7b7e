/** What the client got of one turn, in short lines for people. */
import type { Json } from "../response-rules.ts";
import type { Told } from "./thread.ts";

export function transcriptOf({ output, status, kind, message, effort, ignored }: Told): string[] {
  return [
    ...output.map(lineOf),
    ...(effort.header === null ? [] : [`effort: ${effort.header}`]),
    ...ignored.map((entry) => `ignored: ${entry}`),
    [status, ...(kind ? [kind] : []), ...(message === undefined ? [] : [withoutPort(message)])].join(": "),
  ];
}

function lineOf(item: Json): string {
  const { type, name, namespace, arguments: args, input, content, summary } = item;
  const texts = [content, summary]
    .flatMap((list) => (Array.isArray(list) ? (list as Json[]) : []))
    .map(({ text }) => String(text));
  const called = name === undefined ? [] : [[namespace, name].filter(Boolean).join("/"), String(args ?? input)];
  return `${String(type)}: ${[...called, ...texts].join(" ")}`;
}

/** It is another one each time. */
const withoutPort = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1");
