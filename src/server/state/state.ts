/** What reaches beyond one request: stored responses and conversations, and how a request goes on from them. */
import { ShimError } from "../../core/errors.ts";
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
import type { Caller } from "../access/access.ts";
import type { Hold } from "../memory/budget.ts";
import { roomToStore } from "../memory/storing.ts";
import { requestBody, type RequestBody } from "../memory/request-body.ts";
import type { Store } from "../store/store.ts";
import { Background } from "./background.ts";
import { keptNowhere, noItem, noPrevious } from "./errors.ts";
import { conversationItems, previousOf, referredItems } from "./history.ts";
import { Keeping, type KeptRequest } from "./keeping.ts";
import { Leases, Reaper } from "./leases.ts";
import { MOST_RUNS } from "./limits.ts";
import { ownerOf } from "./owner.ts";
import type { Run } from "./run.ts";

export type StateParts = { store: Store; leases: Leases; background: Background };

/** What the state reads of a request, and adds to it. */
interface StatefulRequest {
  wire: { name: string };
  body: RequestBody;
  hold?: Hold;
  caller?: Caller;
  run?: Run;
  keeping?: Keeping;
}

/** Takes down what could not be stored. */
type Notes = { note(what: "not_stored", detail: string): void; warning: string | undefined };

/** What a request goes on from: the items before its own, and where they are kept. */
type Origin = Omit<KeptRequest, "kept" | "known"> & { history: string[] };

export class State {
  readonly kept: StateParts | undefined; // Absent where nothing is stored.
  private readonly reaper: Reaper | undefined;

  constructor(store: Store | undefined, replica: string, most_runs = MOST_RUNS) {
    if (!store) return;
    const leases = new Leases(store, replica);
    this.kept = { store, leases, background: new Background(store, most_runs) };
    this.reaper = new Reaper(store, leases);
  }

  /** Fails what dead replicas ran: called where somebody looks at a running response, for nobody else waits for it. */
  async reap(): Promise<void> {
    await this.reaper?.reap();
  }

  async close(): Promise<void> {
    this.reaper?.close();
    await this.kept?.store.close();
  }

  /** The request with its history, and with what is kept of it. A request that needs no store comes back as it is. */
  prepare<Request extends StatefulRequest>(request: Request, notes: Notes): Promise<Request> {
    return this.read(request, (detail) => {
      notes.note("not_stored", detail);
      notes.warning ??= `not stored: ${detail}`;
    });
  }

  /** The request with its history, of which nothing is kept. */
  expand<Request extends StatefulRequest>(request: Request): Promise<Request> {
    return this.read(request, () => {});
  }

  private async read<Request extends StatefulRequest>(
    request: Request,
    failed: (detail: string) => void,
  ): Promise<Request> {
    const { wire, run } = request;
    if (wire.name !== "responses" && wire.name !== "compact") return request;
    const fields = readStateFields(request.body.json);
    if (!this.kept) return refuseWithout(fields, request);
    const compacts = wire.name === "compact";
    if ((fields.store === false || compacts) && !reaches(fields)) return request;
    refuseContradictions(fields);
    const { store, leases } = this.kept;
    const owner = ownerOf(request);
    const { history, ...origin } = await this.originOf(request, fields, owner, store);
    const { previous_response_id = null, conversation_id = null, background } = fields;
    const stores = fields.store !== false && !compacts;
    if (stores) await roomToStore(request);
    const kept = { store: stores, background, previous_response_id, conversation_id };
    const keeping = new Keeping({ ...origin, kept, known: history.length, run }, { store, leases, owner, failed });
    if (run) run.keeping = keeping;
    const expands = history.length > 0 || fields.references.length > 0;
    if (!expands && !reaches(fields) && fields.store !== true) return { ...request, keeping };
    const text = expandRequest(request.body.text, {
      history,
      ...(expands && { input: origin.input() }),
      ...(fields.store === true && { store: false }),
      ...(background && { stream: true }),
    });
    const body = requestBody(text);
    if (history.length > 0 && !compacts) {
      refuseStrayResults(body.json, history.length);
      refuseOpenCalls(body.json, history.length);
    }
    return { ...request, keeping, body };
  }

  private async originOf(request: StatefulRequest, fields: StateFields, owner: string, store: Store): Promise<Origin> {
    const { body, caller } = request;
    const { previous_response_id, conversation_id, references } = fields;
    const input = (): readonly string[] => inputTexts(body.text);
    const base: Origin = { original: body, trusting: caller?.name === undefined, expanded: false, history: [], input };
    if (previous_response_id !== undefined) {
      const previous = await previousOf({ store, owner, id: previous_response_id, reap: () => this.reap() });
      if (!previous) return { ...base, unknown: noPrevious(previous_response_id) };
      if ("provider" in previous) return { ...base, provider: previous.provider };
      const { items, nonce } = previous;
      return withReferences({ history: items, expanded: true, ...(nonce !== undefined && { previous_nonce: nonce }) });
    }
    if (conversation_id !== undefined) {
      const items = await conversationItems(store, owner, conversation_id);
      return withReferences({ history: items.map(withoutGivenId), expanded: true });
    }
    const origin = await withReferences({});
    return { ...origin, expanded: references.length > 0 && origin.unknown === undefined };

    async function withReferences(more: Partial<Origin>): Promise<Origin> {
      const origin = { ...base, ...more };
      if (references.length === 0) return origin;
      const found = await referredItems(store, owner, references);
      const missing = references.find((id) => !found.has(id));
      if (missing !== undefined) return { ...origin, unknown: noItem(missing, "input") };
      const items = resolveReferences(body.text, found);
      return { ...origin, input: () => items };
    }
  }
}

function reaches({ previous_response_id, conversation_id, background, references }: StateFields): boolean {
  return previous_response_id !== undefined || conversation_id !== undefined || background || references.length > 0;
}

/** Where clients have keys, ids of others must not be forwarded to an upstream that would know them. */
function refuseWithout<Request extends StatefulRequest>(fields: StateFields, request: Request): Request {
  if (request.caller?.name === undefined) return request;
  if (fields.previous_response_id !== undefined) throw keptNowhere("previous_response_id");
  if (fields.conversation_id !== undefined) throw keptNowhere("conversation");
  if (fields.background) throw keptNowhere("background");
  if (fields.references.length > 0) throw keptNowhere("input");
  return request;
}

function refuseContradictions({ store, background, conversation_id }: StateFields): void {
  if (store !== false) return;
  if (background) {
    const words = "`background: true` needs `store`: its response is fetched later";
    throw new ShimError("invalid_request", words, { param: "background" });
  }
  if (conversation_id === undefined) return;
  const words =
    "`conversation` gains the items of its responses, and `store: false` lets nothing be written; leave one of them out";
  throw new ShimError("invalid_request", words, { param: "store" });
}
