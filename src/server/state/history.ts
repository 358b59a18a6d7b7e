/** Reads from the store what a request goes on from. */
import { ShimError } from "../../core/errors.ts";
import { idOf, outputTexts, responseOf, textsOf, withoutGivenId } from "../../wires/index.ts";
import type { ResponseRecord, Store } from "../store/store.ts";
import { noConversation } from "./errors.ts";

/** Where a thread goes on: with items that are kept here, or at the provider that keeps them itself. */
type Previous = { items: string[]; nonce: string | undefined } | { provider: string };

/** `reap` fails what dead replicas ran. */
type Lookup = { store: Store; owner: string; id: string; reap(): Promise<void> };

/** Undefined: there is no such response, or one before it is gone. */
export async function previousOf(lookup: Lookup): Promise<Previous | undefined> {
  const { store, owner, id } = lookup;
  const last = await currentOf(lookup);
  if (!last) return undefined;
  if (last.provider !== null) return { provider: last.provider };
  if (isRunning(last)) {
    const words = `Previous response with id '${id}' is still ${last.status}; wait for its end.`;
    throw new ShimError("invalid_request", words, { param: "previous_response_id" });
  }
  const chain = last.previous_response_id === null ? [last] : await store.chain(owner, id);
  return chain && { items: chain.flatMap(itemsOf), nonce: last.nonce };
}

export const isRunning = ({ status }: ResponseRecord): boolean => status === "queued" || status === "in_progress";

/** The response as it is now: the replica that ran it may have died. */
export async function currentOf({ store, owner, id, reap }: Lookup): Promise<ResponseRecord | undefined> {
  const record = await store.get(owner, id);
  if (!record || !isRunning(record)) return record;
  await reap();
  return store.get(owner, id);
}

/** Items as they go upstream: the client's own as it sent them. */
function itemsOf({ input, response }: ResponseRecord): string[] {
  return [...textsOf(input).map(withoutGivenId), ...outputTexts(response)];
}

const PAGE = 1000;

export async function conversationItems(store: Store, owner: string, id: string): Promise<string[]> {
  const all: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await store.items(owner, id, { limit: PAGE, order: "asc", ...(after !== undefined && { after }) });
    if (!page) throw noConversation(id);
    all.push(...page.items);
    const last = page.items.at(-1);
    if (!page.has_more || last === undefined) return all;
    after = idOf(last);
  }
}

/** The items with these ids, as far as the store has them. */
export async function referredItems(store: Store, owner: string, ids: readonly string[]): Promise<Map<string, string>> {
  const responses = [...new Set(ids.map(responseOf))].filter((id) => id !== undefined);
  const records = await Promise.all(responses.map((id) => store.get(owner, id)));
  const wanted = new Set(ids);
  const items = records.flatMap((record) =>
    record ? [...textsOf(record.input), ...outputTexts(record.response)] : [],
  );
  const found = items.map((item) => [idOf(item), item] as const).filter(([id]) => wanted.has(id));
  return new Map(found.map(([id, item]) => [id, withoutGivenId(item)]));
}
