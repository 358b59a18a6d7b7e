/** The hosted tools that this server runs, by its config. */
import type { McpServerSettings, SearchSettings } from "../../config/file/config-file.ts";
import { parseObject } from "../../core/arguments.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import {
  queryOf,
  type HostedCall,
  type HostedExchange,
  type HostedOffer,
  type HostedOutcome,
} from "../../wires/hosted.ts";
import type { HostedReplyOptions, HostedTools } from "../relay/hosted.ts";
import { keySource } from "../upstreams/key-source.ts";
import { McpServers, type McpSession } from "./mcp.ts";
import { HostedReply } from "./reply.ts";
import { searcher, type Searcher } from "./search.ts";

const MOST_CALLS = 20; // Calls in one response, where the config does not say.
const LIST_MS = 15_000; // A silent server must not keep a client waiting for the beginning of its response.

export type HostedSettings = { web_search?: SearchSettings | undefined; mcp_servers: readonly McpServerSettings[] };

/** Undefined where the config names none. */
export function hostedTools({ web_search, mcp_servers }: HostedSettings): HostedTools | undefined {
  if (!web_search && mcp_servers.length === 0) return undefined;
  const search = web_search && searcher(web_search, keySource(web_search.key, undefined));
  const max_calls = web_search?.max_calls ?? MOST_CALLS;
  const readers = mcp_servers.map((settings) => ({ settings, readKey: keySource(settings.key, undefined) }));
  const servers = new McpServers(readers);
  return {
    offer: (local_only): HostedOffer => ({
      search: web_search !== undefined && (web_search.local || !local_only),
      mcp: mcp_servers.filter(({ local }) => local || !local_only),
    }),
    async reply(options: HostedReplyOptions): Promise<HostedReply> {
      const run = hostedRun(search, servers.session(), options.hosted);
      try {
        if (options.hosted.mcp.length > 0) await run.declare(options.signal);
        return new HostedReply(options, run, max_calls);
      } catch (thrown) {
        run.close();
        throw thrown;
      }
    },
  };
}

export type HostedRun = ReturnType<typeof hostedRun>;

/** Runs the calls of one response. */
function hostedRun(search: Searcher | undefined, session: McpSession, hosted: HostedExchange) {
  return {
    /** Lists the tools of the servers that the client wants, all at once. Throws when the client goes away. */
    async declare(signal: AbortSignal): Promise<void> {
      const timely = AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]);
      const lists = hosted.mcp.map(async (wish) => {
        try {
          return { tools: wish.known ?? (await session.list(wish, timely)) };
        } catch (thrown) {
          throwIfLeft(signal);
          if (!timely.aborted) return { error: asShimError(thrown).message };
          return { error: `MCP server ${wish.server} has not listed its tools within ${LIST_MS / 1000} s` };
        }
      });
      hosted.declare(await Promise.all(lists));
    },
    /** Throws only when it is aborted: the model gets all other failures. */
    async call({ tool, arguments: args }: HostedCall, signal: AbortSignal): Promise<HostedOutcome> {
      const read = parseObject(args);
      if (tool.kind === "mcp") {
        if (read) return session.call(tool.wish, tool.name, read, signal);
        return { kind: "failed", error: "the arguments are no JSON object" };
      }
      try {
        const query = queryOf(read);
        if (query === undefined) return { kind: "failed", error: 'the call has no `query`; write {"query": "…"}' };
        const results = await search?.search(query, hosted.search, signal);
        return results ? { kind: "searched", results } : { kind: "failed", error: "there is no search service" };
      } catch (thrown) {
        throwIfLeft(signal);
        return { kind: "failed", error: asShimError(thrown).message };
      }
    },
    close: (): void => session.close(),
  };
}

function throwIfLeft(signal: AbortSignal): void {
  if (signal.aborted) throw new ShimError("aborted", "the client went away");
}
