/** A request that goes on from something stored, as if the client had sent the whole history itself. */
import { JsonEdit, membersOf, valueSpan } from "../../../core/json-edit.ts";
import { referenceIn } from "./state-fields.ts";
import { inputTexts, setMembers } from "./stored-items.ts";

/** What only a server with a memory understands. */
const STATE_MEMBERS = new Set(["previous_response_id", "conversation", "background"]);

interface Changes {
  /** JSON texts of the items that stand before the request's own. */
  history?: readonly string[];
  /** The request's own items, where they are not as they stand in it. */
  input?: readonly string[];
  /** What `store` shall say; undefined: as it is. */
  store?: boolean | undefined;
  stream?: boolean;
}

/** Every byte that need not change stays. */
export function expandRequest(text: string, { history = [], input, store, stream }: Changes): string {
  const edit = new JsonEdit(text);
  const whole = valueSpan(text);
  const members = membersOf(text, whole.start);
  const cut = new Set<number>();
  for (const [i, { key }] of members.entries()) if (STATE_MEMBERS.has(key)) cut.add(i);
  const fields: [string, string][] = [];
  if (history.length > 0 || input)
    fields.push(["input", `[${[...history, ...(input ?? inputTexts(text))].join(",")}]`]);
  if (store !== undefined) fields.push(["store", String(store)]);
  if (stream !== undefined) fields.push(["stream", String(stream)]);
  const added = setMembers(edit, members, fields);
  edit.remove(
    members.map(({ start, value }) => ({ start, end: value.end })),
    cut,
  );
  edit.append(whole, cut.size === members.length ? [] : members, added);
  return edit.result();
}

/** The request's own items with those in place that it only refers to. */
export function resolveReferences(text: string, found: ReadonlyMap<string, string>): string[] {
  return inputTexts(text).map((item) => {
    const [id] = item.includes('"id"') ? referenceIn(JSON.parse(item)) : [];
    return (id === undefined ? undefined : found.get(id)) ?? item;
  });
}
