/** The replies in `test/fixtures/chat`: recorded shapes of many hosts, and what each must decode to. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SseDecoder } from "../../../../src/core/sse.ts";
import type { ReplyEvent } from "../../../../src/core/reply.ts";
import type { Turn } from "../../../../src/core/turn.ts";
import { chatUpstream } from "../../../../src/wires/chat/upstream/upstream.ts";
import { testSurroundings } from "../../../support/around.ts";

export const FIXTURES = join(import.meta.dirname, "../../../fixtures/chat");

/** The turn that every fixture answers; its history holds the call id `call_old`. */
export const FIXTURE_TURN: Turn = {
  model: "m",
  items: [
    { type: "message", role: "user", parts: [{ type: "text", text: "Go on." }] },
    { type: "tool_call", call_id: "call_old", name: "get_goal", arguments: "{}" },
    { type: "tool_result", call_id: "call_old", parts: [{ type: "text", text: "none" }] },
  ],
  tools: [
    {
      name: "exec_command",
      parameters: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
    },
    { name: "apply_patch", parameters: { type: "object", properties: { input: { type: "string" } } } },
    { name: "get_goal" },
  ],
  settings: {},
  ignored: [],
};

export interface Fixture {
  name: string;
  kind: "sse" | "json";
  bytes: Uint8Array;
}

export function readFixtures(): Fixture[] {
  return readdirSync(FIXTURES)
    .filter((file) => /\.(?:sse|json)$/.test(file))
    .toSorted()
    .map((file) => ({
      name: file.replace(/\.\w+$/, ""),
      kind: file.endsWith(".sse") ? "sse" : "json",
      bytes: readFileSync(join(FIXTURES, file)),
    }));
}

export interface Decoded {
  events: ReplyEvent[];
  notes: string[];
}

/** Decodes a stream that arrives in these pieces. */
export function decodeStream(pieces: readonly Uint8Array[]): Decoded {
  const { events, notes, decoder } = start();
  const sse = new SseDecoder();
  const onData = (data: string): void => decoder.feed(data);
  for (const piece of pieces) sse.push(piece, onData);
  sse.end(onData);
  decoder.end();
  return { events, notes };
}

export function decodeBody(text: string): Decoded {
  const { events, notes, decoder } = start();
  decoder.feed(text);
  decoder.end();
  return { events, notes };
}

function start() {
  const events: ReplyEvent[] = [];
  const notes: string[] = [];
  const decoder = chatUpstream.decoder(FIXTURE_TURN, (event) => events.push(event), testSurroundings(notes));
  return { events, notes, decoder };
}

/** One line an item, its deltas joined: how a reply is cut into deltas is no part of what it says. */
export function tellEvents({ events, notes }: Decoded): string {
  const lines: string[] = [];
  let item = "";
  let text = "";
  const close = (how: string): void => {
    if (item !== "") lines.push(`${item} ${JSON.stringify(text)}${how}`);
    item = text = "";
  };
  for (const event of events) {
    switch (event.type) {
      case "start":
        lines.push("start");
        break;
      case "item_start":
        item = event.item.kind;
        if (event.item.kind === "text" && event.item.phase) item += ` ${event.item.phase}`;
        if (event.item.kind === "reasoning") item += ` ${event.item.field}`;
        if (event.item.kind === "tool_call") item += ` ${event.item.call_id} ${event.item.name}`;
        break;
      case "item_delta":
        text += event.delta;
        break;
      case "item_end":
        close(
          [
            event.complete ? "" : " CUT",
            event.details ? ` with ${JSON.stringify(event.details)}` : "",
            event.citations ? ` citing ${JSON.stringify(event.citations)}` : "",
          ].join(""),
        );
        break;
      case "end": {
        const { reason, usage, service_tier } = event;
        const tier = service_tier === undefined ? "" : ` as ${service_tier}`;
        const counts = usage && Object.entries(usage).map(([key, count]) => `${key.replace("_tokens", "")}=${count}`);
        lines.push(`end ${reason} ${counts ? counts.join(" ") : "without usage"}${tier}`);
        break;
      }
      case "error":
        close(" OPEN");
        lines.push(`error ${event.error.kind}: ${event.error.message}`);
    }
  }
  close(" NEVER CLOSED");
  for (const note of notes) lines.push(`note ${note}`);
  return `${lines.join("\n")}\n`;
}
