/** Claude Code and a scripted Chat upstream, put together for one test. */
import { ChatUpstream, type Script, type UpstreamOptions } from "./chat-upstream.ts";
import { Claude, told, type ClaudeOptions, type ClaudeRun } from "./claude.ts";
import { MessagesApp } from "./messages-app.ts";
import { FILES } from "./setting.ts";
import { Shim } from "./shim.ts";

type Options = Omit<ClaudeOptions, "url">;

/** Through the compiled shim. */
export async function setUp(script: Script, claude: Options = {}, upstream: UpstreamOptions = {}) {
  const chat = new ChatUpstream(script, upstream);
  const shim = await Shim.start({ args: ["--upstream", chat.url] });
  const url = shim.url.replace("/v1", "");
  return together(chat, shim, new Claude({ url, model: "scripted", files: FILES, ...claude }));
}

/** Through the wire alone, which can be looked into. */
export async function setUpOpen(script: Script, claude: Options = {}) {
  const chat = new ChatUpstream(script);
  const app = new MessagesApp({ upstream: chat.url });
  return { app, ...together(chat, app, new Claude({ url: app.url, files: FILES, ...claude })) };
}

function together(upstream: ChatUpstream, between: AsyncDisposable, claude: Claude) {
  return {
    upstream,
    claude,
    async [Symbol.asyncDispose]() {
      claude[Symbol.dispose]();
      await between[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

/** The turn came to its end; else the failure shows all that Claude Code said. */
export function succeeded(run: ClaudeRun, message: string): void {
  if (run.exit_code !== 0 || run.result["result"] !== message)
    throw new Error(`Claude Code did not finish:\n${told(run)}`);
}
