/**
 * Lowers a turn's history to the system text and messages of a Messages request: roles alternate, each call is answered
 * in the next message, before anything else. The same history gives the same text always, and a longer one begins with
 * the shorter one's, so that prompt caches hold and thoughts stay bound to what stood before them.
 */
import { append } from "../../../core/append.ts";
import type { Dialect } from "../../../core/dialect.ts";
import { pairHistory } from "../../../core/history.ts";
import type { TakeNote } from "../../../core/notes.ts";
import { inSpokenOrder } from "../../../core/spoken-order.ts";
import type { Item, Part, ToolResultItem } from "../../../core/turn.ts";
import { type Message, type Written, written, writtenCall } from "./body.ts";
import { blocksOf, isMedia, resultContent, systemText, textOf } from "./parts.ts";
import { thinkingBlocks } from "./thinking.ts";

export interface LoweredItems {
  /** The instructions, each a block of its own. */
  system: string[];
  messages: Message[];
}

export function lowerItems(items: readonly Item[], dialect: Dialect, note: TakeNote): LoweredItems {
  const paired = inSpokenOrder(
    pairHistory(items, (repair) => note("history_repaired", repair)),
    items,
  );
  const firstOther = paired.findIndex((item) => item.type !== "message" || item.role !== "system");
  const head = firstOther === -1 ? paired : paired.slice(0, firstOther);
  const system = head
    .map((item) => (item.type === "message" ? systemText(item.parts) : ""))
    .filter((text) => text.trim() !== "");
  const lowering = new Lowering(dialect);
  for (const item of paired.slice(head.length)) lowering.item(item);
  return { system, messages: lowering.finish() };
}

class Lowering {
  private readonly dialect: Dialect;
  private readonly messages: Message[] = [];
  private readonly ids = new CallIds();
  /** Images of the assistant: only a user message can hold them, after the results of its calls. */
  private images: Written[] = [];
  /** Calls that are not answered yet: nothing may come between. */
  private open = 0;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  item(item: Item): void {
    switch (item.type) {
      case "message":
        if (item.role === "assistant") return this.assistant(item.parts);
        return item.role === "user" ? this.user(this.blocks(item.parts)) : this.lateSystem(item.parts);
      case "reasoning":
        return this.said(thinkingBlocks(item).map(written));
      case "tool_call":
        this.said([writtenCall({ type: "tool_use", id: this.ids.of(item.call_id), name: item.name }, item.arguments)]);
        this.open++;
        return;
      case "tool_result":
        return this.result(item);
    }
  }

  finish(): Message[] {
    this.flushImages();
    this.settle();
    this.trimEnd();
    // Only a user can begin: what the assistant said first answers what is not kept.
    if (this.messages[0]?.role === "assistant")
      this.messages.unshift({
        role: "user",
        blocks: [written({ type: "text", text: "(The beginning of the conversation is not kept.)" })],
      });
    return this.messages;
  }

  private blocks(parts: readonly Part[]): Written[] {
    return blocksOf(parts, this.dialect.image_urls).map(written);
  }

  private assistant(parts: readonly Part[]): void {
    this.said(this.blocks(parts.filter((part) => !isMedia(part))));
    const media = this.blocks(parts.filter(isMedia));
    if (media.length === 0) return;
    this.images.push(written({ type: "text", text: "Made by the assistant:" }), ...media);
  }

  private said(blocks: Written[]): void {
    if (blocks.length === 0) return;
    if (this.open === 0) this.flushImages();
    this.add("assistant", blocks);
  }

  private result({ call_id, parts }: ToolResultItem): void {
    this.open--;
    const content = resultContent(parts, this.dialect.image_urls);
    this.add("user", [written({ type: "tool_result", tool_use_id: this.ids.of(call_id), content })]);
  }

  private user(blocks: Written[]): void {
    this.flushImages();
    if (blocks.length > 0) this.add("user", blocks);
  }

  private lateSystem(parts: readonly Part[]): void {
    if (this.dialect.late_system_role === "system") {
      const text = systemText(parts);
      this.flushImages();
      if (text.trim() !== "") this.add("system", [written({ type: "text", text })]);
      return;
    }
    const words = textOf(parts);
    const text = `<developer_message>\n${words}\n</developer_message>`;
    const told = words.trim() === "" ? [] : [written({ type: "text", text })];
    this.user([...told, ...this.blocks(parts.filter(isMedia))]);
  }

  /** What the assistant said last is to be gone on with, and hosts refuse blanks at its end. */
  private trimEnd(): void {
    const last = this.messages.at(-1);
    const block = last?.role === "assistant" ? last.blocks.pop() : undefined;
    if (!last || !block) return;
    const { text } = JSON.parse(block.json) as { text?: string };
    last.blocks.push(block.type === "text" && text ? written({ type: "text", text: text.trimEnd() }) : block);
  }

  private flushImages(): void {
    const images = this.images;
    if (images.length === 0) return;
    this.images = [];
    this.add("user", images);
  }

  private add(role: Message["role"], blocks: readonly Written[]): void {
    if (this.messages.at(-1)?.role !== role) this.settle();
    const last = this.messages.at(-1);
    if (last?.role === role) append(last.blocks, blocks);
    else this.messages.push({ role, blocks: [...blocks] });
  }

  /** A thought that nothing follows stays away: no message of the assistant may end with one. */
  private settle(): void {
    const last = this.messages.at(-1);
    if (last?.role !== "assistant") return;
    while (last.blocks.at(-1)?.type === "thinking") last.blocks.pop();
    if (last.blocks.length === 0) this.messages.pop();
  }
}

/** Ids as every host takes them: `[a-zA-Z0-9_-]`, at most 64 of them. Different ones stay different. */
class CallIds {
  private readonly given = new Map<string, string>();
  private readonly used = new Set<string>();
  /** By what names that are made begin with: the number that the next one gets. */
  private readonly next = new Map<string, number>();

  of(id: string): string {
    const known = this.given.get(id);
    if (known !== undefined) return known;
    const base = id.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, MAX_ID) || "call";
    const stem = base.slice(0, MAX_ID - 7);
    let name = base;
    let next = this.next.get(stem) ?? 2;
    for (; this.used.has(name); next++) name = `${stem}_${next}`;
    this.next.set(stem, next);
    this.used.add(name);
    this.given.set(id, name);
    return name;
  }
}

const MAX_ID = 64;
