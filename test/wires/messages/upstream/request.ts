/** What the strictest Messages host would find wrong with a request's messages, each as `path: what`. */
import type { Body } from "./items.ts";

export function problemsOf({ messages }: Pick<Body, "messages">): string[] {
  const problems: string[] = [];
  const tell = (at: string, what: string): void => void problems.push(`${at}: ${what}`);
  const ids = new Set<unknown>();
  let open: unknown[] = [];
  for (const [i, { role, content }] of messages.entries()) {
    if (role !== (i % 2 === 0 ? "user" : "assistant")) tell(`[${i}]`, `is of the ${role}`);
    if (content.length === 0) tell(`[${i}]`, "is empty");
    for (const [j, block] of content.entries()) checkBlock(block, role, `[${i}][${j}]`, tell);
    const of = (type: string, key: string): unknown[] =>
      content.filter((block) => block["type"] === type).map((block) => block[key]);
    const answered = of("tool_result", "tool_use_id");
    if (JSON.stringify(answered) !== JSON.stringify(open)) tell(`[${i}]`, `answers ${answered} instead of ${open}`);
    if (content.slice(0, answered.length).some(({ type }) => type !== "tool_result"))
      tell(`[${i}]`, "has something before its results");
    open = of("tool_use", "id");
    for (const id of open) {
      if (ids.has(id)) tell(`[${i}]`, `the id ${String(id)} is used twice`);
      ids.add(id);
    }
    if (role === "assistant" && String(content.at(-1)?.["type"]).endsWith("thinking"))
      tell(`[${i}]`, "ends with a thought");
  }
  if (open.length > 0) tell("the last", "has calls without results");
  return problems;
}

const BLOCKS: Record<string, readonly string[]> = {
  user: ["text", "image", "document", "tool_result"],
  assistant: ["text", "thinking", "redacted_thinking", "tool_use"],
};

function checkBlock(
  block: Record<string, unknown>,
  role: string,
  at: string,
  tell: (at: string, what: string) => void,
): void {
  const { type, text, input, id, tool_use_id } = block;
  if (!BLOCKS[role]?.includes(String(type))) tell(at, `${String(type)} is no block of the ${role}`);
  if (type === "text" && String(text).trim() === "") tell(at, "is blank");
  if (type === "tool_use" && (typeof input !== "object" || input === null || Array.isArray(input)))
    tell(at, "has no object as input");
  for (const name of [id, tool_use_id])
    if (name !== undefined && !/^[\w-]{1,64}$/.test(String(name))) tell(at, `is called ${String(name)}`);
}
