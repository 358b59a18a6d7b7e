/** Finds the items of a reply by what events say of them. Upstreams send many events, and may send thousands of items. */
import { textOf } from "../../../core/parse.ts";
import { argumentsOf, kindOf, wordsOf, type ItemKind, type OutputItem, type ResponseItem } from "./output-item.ts";

/** Calls are compared by what they say where nothing else tells them apart; so often at most. */
const MOST_COMPARED = 100_000;

export class OutputIndex {
  private readonly items: readonly OutputItem[];
  private readonly ids = new Buckets<string>();
  private readonly call_ids = new Buckets<string>();
  private readonly places = new Buckets<number>();
  /** Up to where all items of a kind are listed. */
  private readonly listed = new Map<ItemKind, number>();
  private compared = 0;

  /** Of these, which may grow. */
  constructor(items: readonly OutputItem[]) {
    this.items = items;
  }

  /** Takes down by what an item is found: at its beginning, and when more is told of it. */
  note(item: OutputItem): void {
    if (item.index !== undefined) this.places.add(item.index, item);
    if (item.id !== "") this.ids.add(item.id, item);
    if (item.call_id !== "") this.call_ids.add(item.call_id, item);
  }

  /** The last one of this id. */
  byId(id: string): OutputItem | undefined {
    return this.ids.of(id).at(-1);
  }

  /** The last one at this place. */
  byPlace(place: number): OutputItem | undefined {
    return this.places.of(place).at(-1);
  }

  callOf(call_id: string): OutputItem | undefined {
    return this.call_ids.of(call_id).findLast(({ kind }) => kind === "call");
  }

  /** The first of those that may be it: by its id, its place, its call, else one that has none of them. */
  find(said: ResponseItem, place: number | undefined, mayBe: (item: OutputItem) => boolean): OutputItem | undefined {
    const kind = kindOf(said.type);
    const [id, call_id] = [textOf(said.id), textOf(said.call_id)];
    const fits = (each: OutputItem): boolean =>
      each.kind === kind && each.type === (said.type ?? each.type) && mayBe(each);
    const named =
      this.ids.of(id).find(fits) ??
      (place === undefined ? undefined : this.places.of(place).find(fits)) ??
      this.call_ids.of(call_id).find(fits);
    if (named || place !== undefined) return named;
    return this.items.find(
      (each) => (id === "" || each.id === "") && (call_id === "" || each.call_id === "") && fits(each),
    );
  }

  /** An item that has another id at the reply's end; of calls only one that says the same. Null where uncertain. */
  unlisted(said: ResponseItem): OutputItem | undefined | null {
    const kind = kindOf(said.type);
    if (kind === "other") return undefined;
    let at = this.listed.get(kind) ?? 0;
    const isOpen = (item: OutputItem): boolean => item.kind === kind && !item.listed;
    for (let item = this.items[at]; item && !isOpen(item); item = this.items[at]) at++;
    this.listed.set(kind, at);
    const first = this.items[at];
    if (kind !== "call" || !first) return first;
    const [args] = wordsOf(first, said);
    for (; at < this.items.length; at++) {
      const item = this.items[at];
      if (!item || !isOpen(item) || (item.name !== "" && item.name !== said.name)) continue;
      if (++this.compared > MOST_COMPARED) return null;
      if ((args?.text ?? "").startsWith(argumentsOf(item))) return item;
    }
    return undefined;
  }
}

/** Items by what they have in common, each once, in the order in which they were begun. */
class Buckets<Key> {
  private readonly byKey = new Map<Key, OutputItem[]>();

  of(key: Key): readonly OutputItem[] {
    return this.byKey.get(key) ?? NONE;
  }

  add(key: Key, item: OutputItem): void {
    const known = this.byKey.get(key);
    if (!known) this.byKey.set(key, [item]);
    else if (known.at(-1) !== item) place(known, item);
  }
}

const NONE: readonly OutputItem[] = [];

/** Mostly at the end: only an item whose id comes late stands before others of the same. */
function place(items: OutputItem[], item: OutputItem): void {
  if ((items.at(-1)?.order ?? 0) < item.order) return void items.push(item);
  if (items.includes(item)) return;
  const next = items.findIndex(({ order }) => order > item.order);
  items.splice(next, 0, item);
}
