/**
 * The history as one upstream takes it: calls paired with their results, reasoning that means something to this model,
 * roles, ids and images as the dialect says. The same history always comes out the same, and a longer one begins with
 * the shorter one's items, so that prompt caches hold.
 */
import type { Dialect } from "../dialect.ts";
import { ShimError } from "../errors.ts";
import { shortHash } from "../hash.ts";
import { inSpokenOrder, pairHistory } from "../history.ts";
import type { TakeNote } from "../notes.ts";
import type { Item, MessageItem, Turn } from "../turn.ts";
import { isMedia, isOfModel, textOf, withMovedMedia } from "./media.ts";
import type { FittedTurn } from "./fit.ts";
import type { WireAbilities } from "./wire-abilities.ts";

export function fitHistory(
  turn: Turn,
  dialect: Dialect,
  wire: WireAbilities,
  note: TakeNote,
): Pick<FittedTurn, "instructions" | "items"> {
  if (!dialect.image_urls) refuseImageUrls(turn.items);
  const own = dropForeignReasoning(turn.items, turn.model, dialect.replay, wire, note);
  const paired = pairHistory(own, (repair) => note("history_repaired", repair));
  const ordered = wire.spoken_order ? inSpokenOrder(paired, own) : paired;
  const firstOther = ordered.findIndex((item) => !isInstruction(item, wire));
  const head = firstOther === -1 ? ordered.length : firstOther;
  let items = withoutIdleThoughts(withMovedMedia(ordered.slice(head), wire.result_media));
  if (dialect.late_system_role === "user") items = items.flatMap(systemAsUser);
  if (dialect.one_call_per_message) items = oneCallAtATime(items);
  if (dialect.merge_user_messages) items = merged(items);
  if (dialect.bridge_after_tool !== "") items = bridged(items, dialect.bridge_after_tool);
  return { instructions: ordered.slice(0, head), items: fitCallIds(items, dialect.tool_call_id) };
}

function isInstruction(item: Item, { late_media_system }: WireAbilities): boolean {
  if (item.type !== "message" || item.role !== "system") return false;
  return !late_media_system || !item.parts.some(isMedia);
}

/** Many templates refuse a system message after the head, so the user passes its words on, marked as the developer's. */
function systemAsUser(item: Item): Item[] {
  if (item.type !== "message" || item.role !== "system") return [item];
  const words = textOf(item.parts);
  const text = `<developer_message>\n${words}\n</developer_message>`;
  const parts = [...(words.trim() === "" ? [] : [{ type: "text" as const, text }]), ...item.parts.filter(isMedia)];
  return parts.length === 0 ? [] : [{ type: "message", role: "user", parts }];
}

/** Nothing is fetched on the upstream's behalf: an address in a prompt must not make this machine fetch it. */
function refuseImageUrls(items: readonly Item[]): void {
  for (const item of items) {
    if (item.type !== "message" && item.type !== "tool_result") continue;
    for (const part of item.parts)
      if (part.type === "image" && !part.url.startsWith("data:"))
        throw new ShimError("unsupported", "this upstream fetches no images; send the image itself as a `data:` URL");
  }
}

/** Ids of tool calls in the form that the upstream takes. */
function fitCallIds(items: Item[], form: Dialect["tool_call_id"]): Item[] {
  if (form === "any") return items;
  return items.map((item) => {
    if (item.type !== "tool_call" && item.type !== "tool_result") return item;
    const call_id = sentId(item.call_id, form);
    return call_id === item.call_id ? item : { ...item, call_id };
  });
}

/** The same id always becomes the same, so that call and result stay together and prompts keep their beginning. */
function sentId(id: string, form: "alnum9" | "max40"): string {
  if (form === "alnum9") return /^[a-zA-Z0-9]{9}$/.test(id) ? id : (shortHash(id) + shortHash(`${id}9`)).slice(0, 9);
  return id.length > 40 ? `${id.slice(0, 31)}_${shortHash(id)}` : id;
}

/** Another model's thoughts, and those that came over another wire, mean nothing to this one. */
function dropForeignReasoning(
  items: readonly Item[],
  model: string,
  replay: Dialect["replay"],
  { replays, replays_with_calls }: WireAbilities,
  note: TakeNote,
): Item[] {
  return items.filter((item) => {
    if (item.type !== "reasoning") return true;
    const { field, model: thinker } = item.origin ?? {};
    if (replay === "never" && !(field !== undefined && replays_with_calls.includes(field))) return false;
    const own = thinker === undefined || thinker === model;
    const sendable = field !== undefined && replays.includes(field);
    if (!own || !sendable) note("foreign_reasoning", thinker ?? "of unknown origin");
    return own && sendable;
  });
}

/** Drops model turns without text and tool calls: upstreams refuse a message of thoughts alone. */
function withoutIdleThoughts(items: readonly Item[]): Item[] {
  const out: Item[] = [];
  let run: Item[] = [];
  const close = (): void => {
    if (run.some(saysSomething)) out.push(...run);
    run = [];
  };
  for (const item of items) {
    if (isOfModel(item)) run.push(item);
    else {
      close();
      out.push(item);
    }
  }
  close();
  return out;
}

function saysSomething(item: Item): boolean {
  return (
    item.type === "tool_call" ||
    (item.type === "message" && item.parts.some((part) => !("text" in part) || part.text !== ""))
  );
}

/** Neighboring user messages become one: some templates refuse two in a row. */
function merged(items: readonly Item[]): Item[] {
  const out: Item[] = [];
  let joining: MessageItem | undefined; // The last message of the user, as long as more may join it.
  for (const item of items) {
    if (item.type !== "message" || item.role !== "user") {
      joining = undefined;
      out.push(item);
    } else if (joining) joining.parts.push(...item.parts);
    else out.push((joining = { ...item, parts: [...item.parts] }));
  }
  return out;
}

/** Some templates refuse a user message right behind a tool result: the assistant says `words` between them. */
function bridged(items: readonly Item[], words: string): Item[] {
  return items.flatMap((item, at) => {
    const follows_result = items[at - 1]?.type === "tool_result";
    if (!follows_result || item.type !== "message" || item.role !== "user") return [item];
    const bridge: MessageItem = { type: "message", role: "assistant", parts: [{ type: "text", text: words }] };
    return [bridge, item];
  });
}

/** Parallel calls stand one after another, each with its result: some templates render only the first of a message. */
function oneCallAtATime(items: readonly Item[]): Item[] {
  const out: Item[] = [];
  let waiting: Item[] = []; // Calls that wait for the result of the one before them.
  let calling = false;
  for (const item of items) {
    if (item.type === "tool_call" && calling) waiting.push(item);
    else out.push(item);
    calling = item.type === "tool_call";
    if (item.type !== "tool_result") continue;
    const next = waiting.shift();
    if (next) out.push(next);
  }
  return [...out, ...waiting];
}
