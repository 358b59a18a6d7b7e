/** What reaches beyond one request: stored responses and conversations, and how a request goes on from them. */
import {
  expandRequest,
  inputTexts,
  readStateFields,
  refuseOpenCalls,
  refuseStrayResults,
  resolveReferences,
  type StateFields,
  withoutGivenId,
} from "../../wires/index.ts";
import type { Call } from "../relay/call.ts";
import type { Incoming } from "../relay/incoming.ts";
import { roomToStore } from "../relay/held-memory.ts";
import { requestBody } from "../memory/request-body.ts";
import type { Store } from "../store/store.ts";
import { Background } from "./background.ts";
import { noItem, noPrevious, keptNowhere } from "./errors.ts";
import { conversationItems, previousOf, referredItems } from "./history.ts";
import { Keeping, type Asked } from "./keeping.ts";
import { Leases } from "./leases.ts";
import { ownerOf } from "./owner.ts";
import { Reaper } from "./reaper.ts";
import { ShimError } from "../../core/errors.ts";
import { MOST_RUNS } from "./limits.ts";

export interface Kept {
  store: Store;
  leases: Leases;
  background: Background;
}

export class State {
  /** Absent where nothing is stored. */
  readonly kept: Kept | undefined;
  private readonly reaper: Reaper | undefined;

  constructor(store: Store | undefined, replica: string, most_runs = MOST_RUNS) {
    if (!store) return;
    const leases = new Leases(store, replica);
    this.kept = { store, leases, background: new Background(store, most_runs) };
    this.reaper = new Reaper(store, leases);
  }

  /** What dead replicas ran has failed. Asked for where somebody sees one that runs: until then nobody waits for it. */
  async reap(): Promise<void> {
    await this.reaper?.reap();
  }

  async close(): Promise<void> {
    this.reaper?.close();
    await this.kept?.store.close();
  }

  /** The request with its history, and what is kept of it. What asks nothing of the store comes back as it is. */
  prepare(incoming: Incoming, call: Call): Promise<Incoming> {
    return this.read(incoming, (detail) => {
      call.note("not_stored", detail);
      call.warning ??= `not stored: ${detail}`;
    });
  }

  /** The request with its history, of which nothing is kept. */
  expand(incoming: Incoming): Promise<Incoming> {
    return this.read(incoming, () => {});
  }

  private async read(incoming: Incoming, failed: (detail: string) => void): Promise<Incoming> {
    const { wire } = incoming;
    if (wire.name !== "responses" && wire.name !== "compact") return incoming;
    const fields = readStateFields(incoming.body.json);
    if (!this.kept) return refuseWithout(fields, incoming);
    const compacts = wire.name === "compact";
    if ((fields.store === false || compacts) && !reaches(fields)) return incoming;
    refuseContradictions(fields);
    const { store, leases } = this.kept;
    const owner = ownerOf(incoming);
    const asked = await this.ask(incoming, fields, owner, store);
    const { previous_response_id = null, conversation_id = null, background } = fields;
    const stores = fields.store !== false && !compacts;
    if (stores) await roomToStore(incoming);
    const kept = { store: stores, background, previous_response_id, conversation_id };
    const { history, ...rest } = asked;
    const keeping = new Keeping(
      { ...rest, kept, known: history.length, run: incoming.run },
      { store, leases, owner, failed },
    );
    if (incoming.run) incoming.run.keeping = keeping;
    const expands = history.length > 0 || fields.references.length > 0;
    if (!expands && !reaches(fields) && fields.store !== true) return { ...incoming, keeping };
    const text = expandRequest(incoming.body.text, {
      history,
      ...(expands && { input: rest.input() }),
      ...(fields.store === true && { store: false }),
      ...(background && { stream: true }),
    });
    const body = requestBody(text);
    if (history.length > 0 && !compacts) {
      refuseStrayResults(body.json, history.length);
      refuseOpenCalls(body.json, history.length);
    }
    return { ...incoming, keeping, body };
  }

  private async ask(
    incoming: Incoming,
    fields: StateFields,
    owner: string,
    store: Store,
  ): Promise<Omit<Asked, "kept" | "known"> & { history: string[]; input(): readonly string[] }> {
    const { body, caller } = incoming;
    const { previous_response_id, conversation_id, references } = fields;
    const base = { original: body, trusting: caller?.name === undefined, expanded: false, history: [] };
    const input = (): readonly string[] => inputTexts(body.text);
    if (previous_response_id !== undefined) {
      const previous = await previousOf(store, owner, previous_response_id, () => this.reap());
      if (!previous) return { ...base, input, unknown: noPrevious(previous_response_id) };
      if ("provider" in previous) return { ...base, input, provider: previous.provider };
      const { items, nonce } = previous;
      const asked = { ...base, ...(await withReferences(items)), expanded: true };
      return nonce === undefined ? asked : { ...asked, previous_nonce: nonce };
    }
    if (conversation_id !== undefined)
      return {
        ...base,
        ...(await withReferences((await conversationItems(store, owner, conversation_id)).map(withoutGivenId))),
        expanded: true,
      };
    if (references.length === 0) return { ...base, input };
    const resolved = await withReferences([]);
    return { ...base, ...resolved, expanded: resolved.unknown === undefined };

    async function withReferences(
      history: string[],
    ): Promise<{ history: string[]; input(): readonly string[]; unknown?: ShimError }> {
      if (references.length === 0) return { history, input };
      const found = await referredItems(store, owner, references);
      const missing = references.find((id) => !found.has(id));
      if (missing !== undefined) return { history, input, unknown: noItem(missing, "input") };
      const items = resolveReferences(body.text, found);
      return { history, input: () => items };
    }
  }
}

function reaches({ previous_response_id, conversation_id, background, references }: StateFields): boolean {
  return previous_response_id !== undefined || conversation_id !== undefined || background || references.length > 0;
}

/** Where clients have keys, ids of others must not be handed on to a host that would know them. */
function refuseWithout(fields: StateFields, incoming: Incoming): Incoming {
  const { previous_response_id, conversation_id, background, references } = fields;
  if (incoming.caller?.name === undefined) return incoming;
  if (previous_response_id !== undefined) throw keptNowhere("previous_response_id");
  if (conversation_id !== undefined) throw keptNowhere("conversation");
  if (background) throw keptNowhere("background");
  if (references.length > 0) throw keptNowhere("input");
  return incoming;
}

function refuseContradictions({ store, background, conversation_id }: StateFields): void {
  if (store !== false) return;
  if (background)
    throw new ShimError("invalid_request", "`background: true` needs `store`: its answer is fetched later", {
      param: "background",
    });
  if (conversation_id !== undefined)
    throw new ShimError(
      "invalid_request",
      "`conversation` gains the items of its answers, and `store: false` lets nothing be written; leave one of them out",
      { param: "store" },
    );
}
