/** What every store does, whichever database is below it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { StoreError } from "../../../src/server/store/store-error.ts";
import type { ConversationRecord, ResponseRecord, Store } from "../../../src/server/store/store.ts";

export interface Backend {
  /** A store of its own, empty; another one on the same tables by `again`. */
  open(): Promise<Store>;
  again(): Promise<Store>;
  close(): Promise<void>;
}

let counted = 0;
export const newId = (kind = "resp"): string =>
  `${kind}_${(counted++).toString(36)}_${Math.random().toString(36).slice(2)}`;

const NOW = Math.floor(Date.now() / 1000);
const OWNER = "owner-one";
const OTHER = "owner-two";

export const record = (more: Partial<ResponseRecord> = {}): ResponseRecord => ({
  id: newId(),
  owner: OWNER,
  status: "completed",
  created_at: NOW,
  previous_response_id: null,
  conversation_id: null,
  background: false,
  input: '[{"id":"msg_in","type":"message","role":"user","content":"Zwölf \\u0000 \u{1f600}"}]',
  response: '{"output":[]}',
  provider: null,
  ...more,
});

const conversation = (more: Partial<ConversationRecord> = {}): ConversationRecord => ({
  id: newId("conv"),
  owner: OWNER,
  created_at: NOW,
  metadata: "{}",
  ...more,
});

const item = (id: string, text = "hello"): string =>
  JSON.stringify({ id, type: "message", role: "user", content: text });
const items = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => item(`item_${from + i}`));
const idsOf = (texts: readonly string[] | undefined): string[] =>
  (texts ?? []).map((text) => (JSON.parse(text) as { id: string }).id);
/** Not by `rejects`, which waits without letting the answers of a thread through. */
const refusal = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error as StoreError).failure,
  );
const failed = (before: string): string => before.replace("{", '{"status":"failed",');

export function conformance(name: string, backend: () => Backend): void {
  describe(name, () => {
    let store: Store;
    beforeAll(async () => {
      store = await backend().open();
    });
    afterAll(() => backend().close());

    const begun = async (more: Partial<ResponseRecord> = {}, lease_ms?: number): Promise<ResponseRecord> => {
      const made = record({ status: "in_progress", background: true, ...more });
      await store.begin(made, lease_ms === undefined ? undefined : { replica: "replica-one", for_ms: lease_ms });
      return made;
    };
    const withItems = async (...texts: string[]): Promise<string> => {
      const made = conversation();
      await store.addConversation(made, texts);
      return made.id;
    };

    describe("responses", () => {
      test("what was begun is there as it was, for its owner alone", async () => {
        const made = record({ previous_response_id: "resp_before", conversation_id: "conv_x", provider: "host" });
        await store.begin(made);
        expect(await store.get(OWNER, made.id)).toEqual(made);
        expect(await store.get(OTHER, made.id)).toBeUndefined();
        expect(await store.get(OWNER, "resp_unknown")).toBeUndefined();
      });

      test("ids that nobody has given are those of nothing", async () => {
        for (const id of ["", "\0", "a\0b", "\ud800", "'; DROP TABLE responses; --", "%", "x".repeat(100_000)]) {
          expect(await store.get(OWNER, id)).toBeUndefined();
          expect(await store.chain(OWNER, id)).toBeUndefined();
          expect(await store.remove(OWNER, id)).toBe(false);
          expect(await store.cancel(OWNER, id, failed)).toBeUndefined();
          expect(await store.eventsAfter(OWNER, id, -1, 1)).toEqual([]);
          expect(await store.conversation(OWNER, id)).toBeUndefined();
          expect(await store.items(OWNER, id, { limit: 1, order: "asc", after: id })).toBeUndefined();
          expect(await store.item(OWNER, id, id)).toBeUndefined();
        }
      });

      test("another store on the same tables reads it", async () => {
        const made = record({ background: true });
        await store.begin(made);
        const other = await backend().again();
        expect(await other.get(OWNER, made.id)).toEqual(made);
        await other.close();
      });

      test("two owners may have the same id, and each keeps its own", async () => {
        const made = record();
        await store.begin(made);
        await store.begin({ ...made, owner: OTHER, response: '{"of":"other"}' });
        expect((await store.get(OWNER, made.id))?.response).toBe(made.response);
        await store.remove(OTHER, made.id);
        expect(await store.get(OWNER, made.id)).toEqual(made);
      });

      test("an id twice is refused, and the first stays whole", async () => {
        const made = record();
        await store.begin(made);
        expect(await refusal(store.begin({ ...made, response: '{"second":1}' }))).toBe("conflict");
        expect(await store.get(OWNER, made.id)).toEqual(made);
      });

      test("a provider's id twice is refused, but for the same request of the same thread", async () => {
        const made = record({ provider: "host", previous_response_id: "resp_before", nonce: "one" });
        await store.begin(made);
        await store.begin({ ...made, status: "failed", nonce: "two" });
        const again = await store.get(OWNER, made.id);
        expect(again).toMatchObject({ status: "failed", nonce: "two" });
        for (const other of [
          { provider: "other" },
          { provider: null },
          { previous_response_id: null },
          { previous_response_id: "resp_other" },
          { conversation_id: "conv_other" },
          { response: '{"request":"another"}' },
        ])
          expect(await refusal(store.begin({ ...made, ...other }))).toBe("conflict");
        expect(await store.get(OWNER, made.id)).toEqual(again);
        const kept = record();
        await store.begin(kept);
        expect(await refusal(store.begin({ ...kept, provider: "host" }))).toBe("conflict");
        expect(await store.get(OWNER, kept.id)).toEqual(kept);
      });

      test("with a nonce only that response ends, gains events, or is removed", async () => {
        const chat = await withItems();
        const made = await begun({ nonce: "one", conversation_id: chat });
        const other = { ...made, owner: OTHER, nonce: "two" };
        await store.begin(other);
        const ending = {
          status: "completed",
          response: '{"of":"another"}',
          events: [{ sequence_number: 0, data: "{}" }],
          conversation_items: [item("in")],
          conversation_output: [item("out")],
        } as const;
        expect(await store.end(OWNER, made.id, ending, "two")).toBeUndefined();
        expect(await store.remove(OWNER, made.id, "two")).toBe(false);
        await store.addEvents(OTHER, made.id, [{ sequence_number: 0, data: '{"of":"other"}' }]);
        expect(await store.get(OWNER, made.id)).toEqual(made);
        expect(await store.eventsAfter(OWNER, made.id, -1, 10)).toEqual([]);
        expect((await store.items(OWNER, chat, { limit: 10, order: "asc" }))?.items).toEqual([]);
        expect(await store.end(OWNER, made.id, ending, "one")).toBe("completed");
        expect(idsOf((await store.items(OWNER, chat, { limit: 10, order: "asc" }))?.items)).toEqual(["in", "out"]);
        expect(await store.end(OWNER, made.id, ending, "one")).toBe("completed");
        expect(await store.end(OWNER, made.id, ending, "two")).toBeUndefined();
        expect(await store.get(OTHER, made.id)).toEqual(other);
        expect(await store.remove(OWNER, made.id, "one")).toBe(true);
      });

      test("an item of a reply that its conversation has already: nothing of the end is done", async () => {
        const chat = await withItems(item("there"));
        const made = await begun({ nonce: "one", conversation_id: chat });
        const ending = {
          status: "completed",
          response: "{}",
          conversation_items: [item("there"), item("new")],
          conversation_output: [item("there", "another")],
        } as const;
        const before = await store.usage();
        expect(await refusal(store.end(OWNER, made.id, ending, "one"))).toBe("conflict");
        const whole = record({ conversation_id: chat });
        expect(await refusal(store.begin(whole, undefined, ending))).toBe("conflict");
        expect(await store.get(OWNER, whole.id)).toBeUndefined();
        expect(await store.get(OWNER, made.id)).toEqual(made);
        expect((await store.items(OWNER, chat, { limit: 10, order: "asc" }))?.items).toEqual([item("there")]);
        expect(await store.usage()).toEqual(before);
      });

      test("a chain does not lead to another response that has got the id of one that is gone", async () => {
        const first = record({ nonce: "first" });
        const second = record({ previous_response_id: first.id, previous_nonce: "first", nonce: "second" });
        await store.begin(first);
        await store.begin(second);
        expect((await store.chain(OWNER, second.id))?.map(({ id }) => id)).toEqual([first.id, second.id]);
        await store.remove(OWNER, first.id);
        await store.begin(record({ id: first.id, nonce: "another", response: '{"of":"another thread"}' }));
        expect(await store.chain(OWNER, second.id)).toBeUndefined();
        // What an older version has written has no nonces.
        const old = record({ previous_response_id: first.id });
        await store.begin(old);
        expect(await store.chain(OWNER, old.id)).toHaveLength(2);
      });

      test("end sets status and response, once", async () => {
        const { id } = await begun();
        expect(await store.end(OWNER, id, { status: "incomplete", response: '{"a":1}' })).toBe("incomplete");
        expect(await store.end(OWNER, id, { status: "completed", response: '{"a":2}' })).toBe("incomplete");
        expect(await store.get(OWNER, id)).toMatchObject({ status: "incomplete", response: '{"a":1}' });
      });

      test("end of what is gone, or another's", async () => {
        const { id } = await begun();
        expect(await store.end(OTHER, id, { status: "completed", response: "{}" })).toBeUndefined();
        await store.remove(OWNER, id);
        expect(await store.end(OWNER, id, { status: "completed", response: "{}" })).toBeUndefined();
      });

      test("cancel of a running one, of an ended one, of none", async () => {
        const { id } = await begun();
        expect(await store.cancel(OTHER, id, failed)).toBeUndefined();
        expect(await store.cancel(OWNER, id, (before) => before.replace("[]", '["cut"]'))).toBe("cancelled");
        expect(await store.get(OWNER, id)).toMatchObject({ status: "cancelled", response: '{"output":["cut"]}' });
        expect(await store.cancel(OWNER, id, failed)).toBe("cancelled");
        expect(await store.end(OWNER, id, { status: "completed", response: "{}" })).toBe("cancelled");
        const ended = record();
        await store.begin(ended);
        expect(await store.cancel(OWNER, ended.id, failed)).toBe("completed");
        expect(await store.get(OWNER, ended.id)).toEqual(ended);
      });

      test("cancel and end at once, 50 times: one wins, and both are told which", async () => {
        const other = await backend().again();
        for (let round = 0; round < 50; round++) {
          const chat = await withItems();
          const { id } = await begun({ conversation_id: chat });
          const ending = {
            status: "completed",
            response: '{"by":"end"}',
            conversation_items: [item("answer")],
          } as const;
          const ends = (): Promise<unknown> => store.end(OWNER, id, ending);
          const cancels = (): Promise<unknown> => other.cancel(OWNER, id, () => '{"by":"cancel"}');
          const told = await Promise.all(round % 2 === 0 ? [ends(), cancels()] : [cancels(), ends()]);
          const now = await store.get(OWNER, id);
          expect(told).toEqual([now?.status, now?.status]);
          expect(now?.response).toBe(now?.status === "completed" ? '{"by":"end"}' : '{"by":"cancel"}');
          // What did not win has left nothing behind.
          const page = await store.items(OWNER, chat, { limit: 10, order: "asc" });
          expect(idsOf(page?.items)).toEqual(now?.status === "completed" ? ["answer"] : []);
        }
        await other.close();
      });

      test("a chain of 500, the oldest first", async () => {
        const ids: string[] = [];
        for (let i = 0; i < 500; i++) {
          const made = record({ previous_response_id: ids.at(-1) ?? null });
          await store.begin(made);
          ids.push(made.id);
        }
        const last = ids.at(-1) ?? "";
        expect((await store.chain(OWNER, last))?.map(({ id }) => id)).toEqual(ids);
        expect(await store.chain(OTHER, last)).toBeUndefined();
        expect(await store.remove(OWNER, ids[250] ?? "")).toBe(true);
        expect(await store.chain(OWNER, last)).toBeUndefined();
        expect(await store.chain(OWNER, ids[249] ?? "")).toHaveLength(250);
      });

      test("a chain does not lead to another owner's, nor in circles", async () => {
        const foreign = record({ owner: OTHER });
        await store.begin(foreign);
        const made = record({ previous_response_id: foreign.id });
        await store.begin(made);
        expect(await store.chain(OWNER, made.id)).toBeUndefined();
        const [a, b] = [newId(), newId()];
        await store.begin(record({ id: a, previous_response_id: b, provider: "host" }));
        await store.begin(record({ id: b, previous_response_id: a, provider: "host" }));
        expect(await store.chain(OWNER, a)).toBeUndefined();
      });

      test("remove takes all of it, once, for its owner", async () => {
        const { id } = await begun();
        await store.addEvents(OWNER, id, [{ sequence_number: 0, data: "{}" }]);
        expect(await store.remove(OTHER, id)).toBe(false);
        expect(await store.remove(OWNER, id)).toBe(true);
        expect(await store.remove(OWNER, id)).toBe(false);
        expect(await store.get(OWNER, id)).toBeUndefined();
        expect(await store.eventsAfter(OWNER, id, -1, 10)).toEqual([]);
      });

      test("a large one comes back as it went", async () => {
        const made = record({ input: JSON.stringify([{ id: "i", content: "äx".repeat(4_000_000) }]) });
        await store.begin(made);
        expect(await store.get(OWNER, made.id)).toEqual(made);
        await store.remove(OWNER, made.id);
      });

      test("200 at once", async () => {
        const made = Array.from({ length: 200 }, () => record());
        await Promise.all(made.map((each) => store.begin(each)));
        const back = await Promise.all(made.map(({ id }) => store.get(OWNER, id)));
        expect(back).toEqual(made);
      });

      test("one that fails among others that are written with it", async () => {
        const twice = record();
        await store.begin(twice);
        const made = [record(), twice, record()];
        const outcomes = await Promise.allSettled(made.map((each) => store.begin(each)));
        expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
        expect(await store.get(OWNER, made[2]?.id ?? "")).toEqual(made[2] as ResponseRecord);
      });
    });

    describe("events", () => {
      const event = (sequence_number: number): { sequence_number: number; data: string } => ({
        sequence_number,
        data: `{"n":${sequence_number}}`,
      });

      test("come back after any of them, in order, so many at most, for their owner", async () => {
        const { id } = await begun();
        await store.addEvents(OWNER, id, [event(0), event(1)]);
        await store.addEvents(OWNER, id, [event(2), event(3), event(4)]);
        await store.addEvents(OWNER, id, []);
        expect(await store.eventsAfter(OWNER, id, -1, 100)).toEqual([0, 1, 2, 3, 4].map(event));
        expect(await store.eventsAfter(OWNER, id, 1, 2)).toEqual([event(2), event(3)]);
        expect(await store.eventsAfter(OWNER, id, 4, 2)).toEqual([]);
        expect(await store.eventsAfter(OTHER, id, -1, 100)).toEqual([]);
      });

      test("the same twice stay one", async () => {
        const { id } = await begun();
        await store.addEvents(OWNER, id, [event(0)]);
        await store.addEvents(OWNER, id, [event(0), event(1)]);
        expect(await store.eventsAfter(OWNER, id, -1, 100)).toEqual([event(0), event(1)]);
      });

      test("the last ones come with the end, and none after it", async () => {
        const { id } = await begun();
        await store.addEvents(OWNER, id, [event(0)]);
        await store.end(OWNER, id, { status: "completed", response: "{}", events: [event(1), event(2)] });
        await store.addEvents(OWNER, id, [event(3)]);
        await store.end(OWNER, id, { status: "failed", response: "{}", events: [event(4)] });
        expect(await store.eventsAfter(OWNER, id, -1, 100)).toEqual([0, 1, 2].map(event));
        await store.addEvents(OWNER, "resp_unknown", [event(0)]);
      });
    });

    describe("leases", () => {
      const ends = (id: string): Promise<unknown> =>
        store.end(OWNER, id, { status: "completed", response: '{"ended":true}' });

      test("renewing tells what runs no longer", async () => {
        const [runs, cancelled, deleted, ended] = [
          await begun({}, 60_000),
          await begun({}, 60_000),
          await begun({}, 60_000),
          await begun({}, 60_000),
        ];
        await store.cancel(OWNER, cancelled.id, failed);
        await store.remove(OWNER, deleted.id);
        await ends(ended.id);
        const all = [runs, cancelled, deleted, ended];
        expect(await store.renew("replica-one", all, 60_000)).toEqual(all.slice(1));
        expect(await store.renew("replica-two", [runs], 60_000)).toEqual([runs]);
        expect(await store.renew("replica-one", [{ ...runs, owner: OTHER }], 60_000)).toHaveLength(1);
        expect(await store.renew("replica-one", [{ ...runs, nonce: "another" }], 60_000)).toHaveLength(1);
        expect(await store.renew("replica-one", [], 60_000)).toEqual([]);
      });

      test("what nobody renews fails when its time has come, and only that", async () => {
        const [dead, alive, renewed, bare] = [
          await begun({}, 600_000),
          await begun({}, 600_000),
          await begun({}, 100),
          await begun(),
        ];
        await store.renew("replica-one", [renewed], 600_000);
        expect(await store.reap(failed)).toBe(0);
        await store.renew("replica-one", [dead], 1);
        await Bun.sleep(120);
        expect(await store.reap(failed)).toBe(1);
        expect(await store.get(OWNER, dead.id)).toMatchObject({ status: "failed", response: failed(dead.response) });
        for (const { id } of [alive, renewed, bare]) expect((await store.get(OWNER, id))?.status).toBe("in_progress");
        expect(await ends(dead.id)).toBe("failed");
        expect(await store.reap(failed)).toBe(0);
      });

      test("what this process runs is never taken for dead", async () => {
        const [own, dead] = [await begun({ nonce: "own" }, 0), await begun({ nonce: "dead" }, 0)];
        await Bun.sleep(5);
        expect(await store.reap(failed, { alive: new Set(["own"]) })).toBe(1);
        expect((await store.get(OWNER, own.id))?.status).toBe("in_progress");
        expect((await store.get(OWNER, dead.id))?.status).toBe("failed");
        await store.remove(OWNER, own.id);
      });

      test("a lease that ends later than any can has passed", async () => {
        const [strange, good] = [await begun({}, 50_000), await begun({}, 9000)];
        await store.reap(failed, { longest_ms: 20_000 });
        expect((await store.get(OWNER, strange.id))?.status).toBe("failed");
        expect((await store.get(OWNER, good.id))?.status).toBe("in_progress");
        await store.remove(OWNER, good.id);
      });

      test("reaping and ending at once, 30 times: one wins", async () => {
        const other = await backend().again();
        for (let round = 0; round < 30; round++) {
          const { id } = await begun({}, 0);
          await Bun.sleep(2);
          const [status, reaped] = await Promise.all([ends(id), other.reap(failed)]);
          const now = await store.get(OWNER, id);
          expect(status).toBe(now?.status);
          expect(reaped).toBe(now?.status === "failed" ? 1 : 0);
          expect(now?.response).toBe(now?.status === "failed" ? '{"status":"failed","output":[]}' : '{"ended":true}');
        }
        await other.close();
      });
    });

    describe("conversations", () => {
      test("are there for their owner", async () => {
        const made = conversation({ metadata: '{"topic":"x"}' });
        await store.addConversation(made, []);
        expect(await store.conversation(OWNER, made.id)).toEqual(made);
        expect(await store.conversation(OTHER, made.id)).toBeUndefined();
        expect(await refusal(store.addConversation(made, []))).toBe("conflict");
        expect(await store.setMetadata(OTHER, made.id, '{"topic":"z"}')).toBe(false);
        expect(await store.setMetadata(OWNER, made.id, '{"topic":"y"}')).toBe(true);
        expect(await store.conversation(OWNER, made.id)).toEqual({ ...made, metadata: '{"topic":"y"}' });
        expect(await store.removeConversation(OTHER, made.id)).toBe(false);
        expect(await store.removeConversation(OWNER, made.id)).toBe(true);
        expect(await store.removeConversation(OWNER, made.id)).toBe(false);
        expect(await store.conversation(OWNER, made.id)).toBeUndefined();
      });

      test("their items are closed to others", async () => {
        const id = await withItems(...items(0, 3));
        expect(await store.items(OTHER, id, { limit: 10, order: "asc" })).toBeUndefined();
        expect(await store.item(OTHER, id, "item_1")).toBeUndefined();
        expect(await store.removeItem(OTHER, id, "item_1")).toBe(false);
        expect(await store.addItems(OTHER, id, items(3, 4))).toBe(false);
        expect(await store.item(OWNER, id, "item_1")).toBe(item("item_1"));
      });

      test("pages in both directions", async () => {
        const id = await withItems(...items(0, 3));
        expect(await store.addItems(OWNER, id, items(3, 7))).toBe(true);
        const page = (order: "asc" | "desc", limit: number, after?: string): ReturnType<Store["items"]> =>
          store.items(OWNER, id, { order, limit, ...(after !== undefined && { after }) });
        expect(await page("asc", 3)).toEqual({ items: items(0, 3), has_more: true });
        expect(await page("asc", 4, "item_2")).toEqual({ items: items(3, 7), has_more: false });
        expect(await page("desc", 2)).toEqual({ items: items(5, 7).toReversed(), has_more: true });
        expect(await page("desc", 5, "item_5")).toEqual({ items: items(0, 5).toReversed(), has_more: false });
        expect(await page("asc", 5, "item_6")).toEqual({ items: [], has_more: false });
        expect(await page("asc", 5, "item_unknown")).toBeUndefined();
        expect(await store.items(OWNER, "conv_unknown", { order: "asc", limit: 1 })).toBeUndefined();
      });

      test("a page goes on after an item that was deleted meanwhile", async () => {
        const id = await withItems(...items(0, 6));
        for (const gone of ["item_1", "item_2", "item_4"]) expect(await store.removeItem(OWNER, id, gone)).toBe(true);
        expect(await store.removeItem(OWNER, id, "item_1")).toBe(false);
        expect(await store.item(OWNER, id, "item_1")).toBeUndefined();
        const after = await store.items(OWNER, id, { order: "asc", limit: 1, after: "item_2" });
        expect(after).toEqual({ items: [item("item_3")], has_more: true });
        const all = await store.items(OWNER, id, { order: "desc", limit: 10 });
        expect(idsOf(all?.items)).toEqual(["item_5", "item_3", "item_0"]);
      });

      test("an item that is there already stays; one that was deleted can come again, at the end", async () => {
        const id = await withItems(...items(0, 3));
        await store.removeItem(OWNER, id, "item_0");
        await store.addItems(OWNER, id, [item("item_1", "another"), item("item_0", "again"), item("item_3")]);
        const all = await store.items(OWNER, id, { order: "asc", limit: 10 });
        expect(all?.items).toEqual([item("item_1"), item("item_2"), item("item_0", "again"), item("item_3")]);
      });

      test("many add to one at once: all are there, each adder's in its order", async () => {
        const id = await withItems();
        const other = await backend().again();
        const adders = Array.from({ length: 20 }, (_, n) => [item(`a${n}_0`), item(`a${n}_1`), item(`a${n}_2`)]);
        await Promise.all(adders.map((each, n) => (n % 2 === 0 ? store : other).addItems(OWNER, id, each)));
        const all = idsOf((await store.items(OWNER, id, { order: "asc", limit: 100 }))?.items);
        expect(all).toHaveLength(60);
        for (let n = 0; n < 20; n++)
          expect(all.filter((each) => each.startsWith(`a${n}_`))).toEqual([`a${n}_0`, `a${n}_1`, `a${n}_2`]);
        await other.close();
      });

      test("gain the items of a response with its end, or when it is whole at once", async () => {
        const chat = await withItems(item("first"));
        const { id } = await begun({ conversation_id: chat });
        const ending = { status: "completed", response: "{}", conversation_items: [item("in"), item("out")] } as const;
        await store.end(OWNER, id, ending);
        await store.end(OWNER, id, { ...ending, conversation_items: [item("never")] });
        await store.begin(record({ conversation_id: chat }), undefined, { conversation_items: [item("whole")] });
        const page = await store.items(OWNER, chat, { order: "asc", limit: 10 });
        expect(idsOf(page?.items)).toEqual(["first", "in", "out", "whole"]);
      });

      test("a response ends although its conversation is gone", async () => {
        const chat = await withItems();
        const { id } = await begun({ conversation_id: chat });
        await store.removeConversation(OWNER, chat);
        const ending = { status: "completed", response: "{}", conversation_items: [item("out")] } as const;
        expect(await store.end(OWNER, id, ending)).toBe("completed");
        expect(await store.conversation(OWNER, chat)).toBeUndefined();
      });
    });

    test("tells its database's clock", async () =>
      expect(await store.clock()).toBeWithin(Date.now() - 60_000, Date.now() + 60_000));

    describe("retention", () => {
      const empty = (): Promise<unknown> => store.prune(0, 0);

      test("what is old goes, whatever it is; what is not stays", async () => {
        await empty();
        const old = record({ created_at: NOW - 1000 });
        const chat = conversation({ created_at: NOW - 1000 });
        const used = conversation({ created_at: NOW - 1000 });
        const young = record();
        await store.begin(old);
        await store.begin(young);
        await store.addConversation(chat, []);
        await store.addConversation(used, items(0, 1));
        await store.setMetadata(OWNER, used.id, "{}"); // Which is a change, now.
        const before = await store.usage();
        expect(await store.prune(NOW - 500, 1e9)).toBe(1);
        expect(await store.get(OWNER, old.id)).toBeUndefined();
        expect(await store.get(OWNER, young.id)).toEqual(young);
        expect(await store.conversation(OWNER, used.id)).toEqual(used);
        expect((await store.usage()).bytes).toBeLessThan(before.bytes);
      });

      test("of too much the oldest go, but not what runs", async () => {
        await empty();
        const text = JSON.stringify([{ id: "i", content: "x".repeat(10_000) }]);
        const running = await begun({ created_at: NOW - 1000, input: text });
        const made = Array.from({ length: 130 }, (_, i) => record({ created_at: NOW - 500 + i, input: text }));
        for (const each of made) await store.begin(each);
        const { bytes, responses } = await store.usage();
        expect(responses).toBeGreaterThanOrEqual(131);
        const one = bytes / responses;
        await store.prune(0, Math.ceil(one * 11));
        const left = await store.usage();
        expect(left.bytes).toBeLessThanOrEqual(one * 11);
        expect(left.responses).toBeGreaterThanOrEqual(10);
        expect((await store.get(OWNER, running.id))?.status).toBe("in_progress");
        expect(await store.get(OWNER, made.at(-1)?.id ?? "")).toEqual(made.at(-1) as ResponseRecord);
        expect(await store.get(OWNER, made[0]?.id ?? "")).toBeUndefined();
        await store.remove(OWNER, running.id);
      });

      test("the bytes are those of the texts, whatever has happened to them", async () => {
        for (const { id } of [] as { id: string }[]) await store.remove(OWNER, id);
        const before = await store.usage();
        const chat = conversation({ metadata: '{"ä":1}' });
        await store.addConversation(chat, [item("one"), item("two", "ä".repeat(100))]);
        await store.addItems(OWNER, chat.id, [item("one"), item("three")]);
        await store.removeItem(OWNER, chat.id, "two");
        await store.setMetadata(OWNER, chat.id, "{}");
        const made = await begun({ conversation_id: chat.id });
        await store.addEvents(OWNER, made.id, [{ sequence_number: 0, data: '{"ä":2}' }]);
        await store.end(OWNER, made.id, {
          status: "completed",
          response: '{"ended":"ä"}',
          conversation_items: [item("four")],
        });
        const after = await store.usage();
        const texts = [item("one"), item("three"), "{}", made.input, '{"ä":2}', '{"ended":"ä"}', item("four")];
        expect(after.bytes - before.bytes).toBe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
        expect(after.responses - before.responses).toBe(1);
        expect(after.conversations - before.conversations).toBe(1);
        await empty();
        expect(await store.usage()).toMatchObject({ conversations: 0, bytes: expect.any(Number) });
      });
    });
  });
}
