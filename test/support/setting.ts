/** Codex, the shim and a scripted Chat upstream, put together for one test. */
import { expect } from "bun:test";
import { ChatUpstream, type ChatMessage, type Script, type UpstreamOptions } from "./chat-upstream.ts";
import { Codex, told, type CodexOptions, type CodexRun } from "./codex.ts";
import { Shim } from "./shim.ts";

export const FILES = { "hello.txt": "hello world\n" };

export interface Setting extends AsyncDisposable {
  upstream: ChatUpstream;
  codex: Codex;
  shim: Shim;
}

export async function setUp(
  script: Script,
  codex: Omit<CodexOptions, "url"> = {},
  upstream: UpstreamOptions = {},
  args: readonly string[] = [],
): Promise<Setting> {
  const chat = new ChatUpstream(script, upstream);
  const shim = await Shim.start({ args: ["--upstream", chat.url, ...args] });
  const program = new Codex({ url: shim.url, files: FILES, ...codex });
  return {
    upstream: chat,
    codex: program,
    shim,
    async [Symbol.asyncDispose]() {
      program[Symbol.dispose]();
      await shim[Symbol.asyncDispose]();
      await chat[Symbol.asyncDispose]();
    },
  };
}

/** The turn came to its end; else the failure shows all that Codex said. */
export function succeeded(run: CodexRun, message: string): void {
  if (run.exit_code !== 0 || run.last_message !== message) throw new Error(`Codex did not finish:\n${told(run)}`);
}

export const messages = (upstream: ChatUpstream, n: number): ChatMessage[] => upstream.request(n).body.messages;
export const toolTexts = (all: readonly ChatMessage[]): string[] =>
  all.flatMap(({ role, content }) => (role === "tool" ? [String(content)] : []));

/**
 * What went upstream later begins with what went before, byte for byte, so that prompt caches hit. Only the end of
 * the last message is left open: what the user says next may join it.
 */
export function expectPrefixes(upstream: ChatUpstream): void {
  for (let n = 1; n < upstream.requests.length; n++) {
    const before = JSON.stringify(messages(upstream, n - 1)).replace(/["\]}]+$/, "");
    expect(JSON.stringify(messages(upstream, n)).slice(0, before.length)).toBe(before);
  }
}
