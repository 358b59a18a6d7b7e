/** How long a request is on its way through, by its size: a long thread is sent anew with every turn. */
import { PATHS } from "./ask.ts";
import { Connection } from "./client.ts";
import { WORD } from "./frames.ts";
import type { Target } from "./load.ts";
import { median } from "./statistics.ts";
import type { Bench } from "./streams.ts";

export interface Translated {
  bytes: number;
  /** Added to the direct way until the first delta, in milliseconds. */
  raw_ms: number;
  forwarded_ms: number;
  translated_ms: number;
}

/** A thread of turns as Codex sends it: messages, thoughts, calls and their results. */
function threadOf(bytes: number, wire: "chat" | "responses"): string {
  const turn = 4000;
  const output = "src/server/app.ts:12: a line of output\n".repeat(Math.floor((turn - 600) / 40));
  const turns = Math.max(1, Math.round(bytes / turn));
  const ask = { role: "user", content: "bench 1 burst text;" };
  const items = Array.from({ length: turns }, (_, i): object[] => {
    const call = { name: "run", arguments: `{"command":["bash","-lc","sed -n 1,${i}p src/server/app.ts"]}` };
    const said = `Next I look at part ${i}.`;
    return wire === "chat"
      ? [
          { role: "assistant", content: said, tool_calls: [{ id: `call_${i}`, type: "function", function: call }] },
          { role: "tool", tool_call_id: `call_${i}`, content: output },
        ]
      : [
          { type: "message", role: "assistant", content: [{ type: "output_text", text: said }] },
          { type: "function_call", call_id: `call_${i}`, ...call },
          { type: "function_call_output", call_id: `call_${i}`, output },
        ];
  }).flat();
  const first = { role: "user", content: "Find the fault." };
  return JSON.stringify(
    wire === "chat"
      ? { model: "bench", stream: true, messages: [first, ...items, ask] }
      : { model: "bench", stream: true, store: false, input: [first, ...items, ask] },
  );
}

export async function bodies({ quick, direct, raw, shims }: Bench): Promise<Translated[]> {
  const targets: Target[] = [
    direct,
    raw,
    { name: "forwarded", running: shims.chat, wire: "chat" },
    { name: "translated", running: shims.chat, wire: "responses" },
  ];
  const found: Translated[] = [];
  for (const bytes of [10_000, 100_000, 1_000_000, 10_000_000]) {
    const rounds = quick ? 7 : Math.max(15, Math.min(60, 30_000_000 / bytes));
    const times = new Map<Target, number[]>(targets.map((target) => [target, []]));
    const connections = new Map(targets.map((target) => [target, new Connection(target.running.port)]));
    const bodies = { chat: threadOf(bytes, "chat"), responses: threadOf(bytes, "responses"), messages: "" };
    for (let round = -3; round < rounds; round++) {
      for (const target of targets) {
        const hearing = { first: WORD, end: target.wire === "chat" ? "[DONE]" : "sequence_number" };
        const heard = await connections.get(target)?.ask(PATHS[target.wire], bodies[target.wire], hearing);
        if (heard && round >= 0) times.get(target)?.push(heard.first_ms);
      }
    }
    for (const connection of connections.values()) connection.close();
    const [own = 0, ...others] = targets.map((target) => median(times.get(target) ?? []));
    const [raw_ms = 0, forwarded_ms = 0, translated_ms = 0] = others.map((ms) => ms - own);
    found.push({ bytes, raw_ms, forwarded_ms, translated_ms });
  }
  return found;
}
