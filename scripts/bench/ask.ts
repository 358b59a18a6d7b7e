/**
 * What the bench asks of its upstream. It stands in words within the last message, since a gateway may drop every
 * field of a request that it does not know, and travels through any translation.
 */
export type WireName = "chat" | "responses" | "messages";

export interface Ask {
  /** Deltas of the answer. */
  deltas: number;
  /** Fifty a second, each in a write of its own; otherwise as fast as they can be written. */
  paced: boolean;
  /** Text alone, or a thought, a text and a call of a tool, of as many deltas in all. */
  content: "text" | "tools";
}

export const PACE_MS = 20;
export const WIRES: readonly WireName[] = ["chat", "responses", "messages"];
/** In streams, what stands before each delta's time of sending (see `now_us`). */
export const SENT_AT = "sent@";

export function wordsOf({ deltas, paced, content }: Ask): string {
  return `bench ${deltas} ${paced ? "paced" : "burst"} ${content};`;
}

/** The last of them in the text of a request. */
export function askIn(request: string): Ask | undefined {
  const [, deltas, pace, content] =
    /bench (\d+) (paced|burst) (text|tools);/.exec(request.slice(request.lastIndexOf("bench "))) ?? [];
  if (deltas === undefined) return undefined;
  return { deltas: Number(deltas), paced: pace === "paced", content: content === "tools" ? "tools" : "text" };
}

/** A clock that all processes of this machine share, in microseconds. */
export function now_us(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

const TOOL = {
  name: "run",
  description: "Runs a command.",
  parameters: { type: "object", properties: { command: { type: "string" } }, required: ["command"] },
} as const;

/** A request of a client of this wire, whose instructions are about so long. */
export function requestOf(wire: WireName, ask: Ask, { stream = true, bytes = 10_000 } = {}): string {
  return wrapped(wire, ask.content === "tools", stream, "Be brief. ".repeat(bytes / 10), wordsOf(ask));
}

function wrapped(wire: WireName, tools: boolean, stream: boolean, instructions: string, text: string): string {
  const { name, description, parameters } = TOOL;
  const user = { role: "user", content: text };
  switch (wire) {
    case "chat":
      return JSON.stringify({
        model: "bench",
        stream,
        ...(stream && { stream_options: { include_usage: true } }),
        messages: [{ role: "system", content: instructions }, user],
        ...(tools && { tools: [{ type: "function", function: TOOL }] }),
      });
    case "responses":
      return JSON.stringify({
        model: "bench",
        stream,
        store: false,
        instructions,
        input: [user],
        ...(tools && { tools: [{ type: "function", name, description, parameters, strict: false }] }),
      });
    case "messages":
      return JSON.stringify({
        model: "bench",
        stream,
        max_tokens: 100_000,
        system: instructions,
        messages: [user],
        // Thoughts come only to who asks for them.
        ...(tools && { thinking: { type: "enabled", budget_tokens: 1024 } }),
        ...(tools && { tools: [{ name, description, input_schema: parameters }] }),
      });
  }
}

export const PATHS: Readonly<Record<WireName, string>> = {
  chat: "/v1/chat/completions",
  responses: "/v1/responses",
  messages: "/v1/messages",
};
