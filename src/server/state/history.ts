/** What a request goes on from, read from the store. */
import { ShimError } from "../../core/errors.ts";
import { idOf, outputTexts, responseOf, textsOf, withoutGivenId } from "../../wires/index.ts";
import type { ResponseRecord, Store } from "../store/store.ts";
import { noConversation } from "./errors.ts";

/** Where a thread goes on: with items that are kept here, or at the provider that keeps them itself. */
type Previous = { items: string[]; nonce: string | undefined } | { provider: string };

/** Undefined: there is no such response, or one before it is gone. */
export async function previousOf(
  store: Store,
  owner: string,
  id: string,
  reap: () => Promise<void>,
): Promise<Previous | undefined> {
  const last = await currentOf(store, owner, id, reap);
  if (!last) return undefined;
  if (last.provider !== null) return { provider: last.provider };
  if (isRunning(last))
    throw new ShimError(
      "invalid_request",
      `Previous response with id '${id}' is still ${last.status}; wait for its end.`,
      {
        param: "previous_response_id",
      },
    );
  const chain = last.previous_response_id === null ? [last] : await store.chain(owner, id);
  return chain && { items: chain.flatMap(itemsOf), nonce: last.nonce };
}

export const isRunning = ({ status }: ResponseRecord): boolean => status === "queued" || status === "in_progress";

/** As it is now: the replica that ran it may be dead since. */
export async function currentOf(
  store: Store,
  owner: string,
  id: string,
  reap: () => Promise<void>,
): Promise<ResponseRecord | undefined> {
  const record = await store.get(owner, id);
  if (!record || !isRunning(record)) return record;
  await reap();
  return store.get(owner, id);
}

/** As they go upstream: the client's own items as it sent them. */
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

/** Items that are referred to, by id; those that are not there are missing. */
export async function referredItems(store: Store, owner: string, ids: readonly string[]): Promise<Map<string, string>> {
  const responses = [...new Set(ids.map(responseOf))].filter((id) => id !== undefined);
  const records = await Promise.all(responses.map((id) => store.get(owner, id)));
  const wanted = new Set(ids);
  const found = new Map<string, string>();
  for (const record of records) {
    if (!record) continue;
    for (const item of [...textsOf(record.input), ...outputTexts(record.response)]) {
      const id = idOf(item);
      if (wanted.has(id)) found.set(id, withoutGivenId(item));
    }
  }
  return found;
}
