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
  type McpListed,
} from "../../wires/hosted.ts";
import { keySource } from "../upstreams/key-source.ts";
import { McpServers, type McpSession } from "./mcp.ts";
import { searcher, type Searcher } from "./search.ts";

/** Of one answer, where the config does not say. */
const MOST_CALLS = 20;
/** A server that says nothing must not keep a client waiting for its answer's beginning. */
const LIST_MS = 15_000;

interface HostedSettings {
  web_search?: SearchSettings | undefined;
  mcp_servers: readonly McpServerSettings[];
}

/** Undefined where the config names none. */
export function hostedTools({ web_search, mcp_servers }: HostedSettings): HostedTools | undefined {
  if (!web_search && mcp_servers.length === 0) return undefined;
  const search = web_search && searcher(web_search, keySource(web_search.key, undefined));
  const servers = mcp_servers.map((settings) => ({ settings, readKey: keySource(settings.key, undefined) }));
  return new HostedTools(search, new McpServers(servers));
}

export class HostedTools {
  private readonly searcher: Searcher | undefined;
  private readonly servers: McpServers;

  constructor(search: Searcher | undefined, servers: McpServers) {
    this.searcher = search;
    this.servers = servers;
  }

  /** What can be run for a request; one that must not leave the house gets only what stands in it. */
  offer(local_only: boolean): HostedOffer {
    const { settings } = this.searcher ?? {};
    return {
      search: settings !== undefined && (settings.local || !local_only),
      mcp: this.servers.settings.filter(({ local }) => local || !local_only),
    };
  }

  /** Calls in one answer at most. */
  get max_calls(): number {
    return this.searcher?.settings.max_calls ?? MOST_CALLS;
  }

  run(asked: HostedExchange): HostedRun {
    return new HostedRun(this.searcher, this.servers.session(), asked);
  }
}

/** What is run for one answer. */
export class HostedRun {
  private readonly searcher: Searcher | undefined;
  private readonly session: McpSession;
  private readonly asked: HostedExchange;

  constructor(search: Searcher | undefined, session: McpSession, asked: HostedExchange) {
    this.searcher = search;
    this.session = session;
    this.asked = asked;
  }

  /** Asks the servers that the client wants for their tools, all at once. Throws when the client goes away. */
  async declare(signal: AbortSignal): Promise<void> {
    const timely = AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]);
    const listed = await Promise.all(
      this.asked.mcp.map(async (wish): Promise<McpListed> => {
        if (wish.known) return { tools: wish.known };
        try {
          return { tools: await this.session.list(wish, timely) };
        } catch (thrown) {
          leave(signal);
          if (!timely.aborted) return { error: asShimError(thrown).message };
          return { error: `MCP server ${wish.server} has not told its tools within ${LIST_MS / 1000} s` };
        }
      }),
    );
    this.asked.declare(listed);
  }

  /** Never throws but when it is aborted: the model hears what failed. `args` as they were told. */
  async call({ tool, arguments: args }: HostedCall, signal: AbortSignal): Promise<HostedOutcome> {
    const read = parseObject(args);
    if (tool.kind === "mcp") {
      if (read) return this.session.call(tool.wish, tool.name, read, signal);
      return { kind: "failed", error: "the arguments are no JSON object" };
    }
    try {
      const query = queryOf(read);
      if (query === undefined) return { kind: "failed", error: 'the call has no `query`; write {"query": "…"}' };
      const results = await this.searcher?.search(query, this.asked.search, signal);
      return results ? { kind: "searched", results } : { kind: "failed", error: "there is no search service" };
    } catch (thrown) {
      leave(signal);
      return { kind: "failed", error: asShimError(thrown).message };
    }
  }

  close(): void {
    this.session.close();
  }
}

function leave(signal: AbortSignal): void {
  if (signal.aborted) throw new ShimError("aborted", "the client went away");
}
