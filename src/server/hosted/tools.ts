/** The hosted tools that this server runs, by its config. */
import type { SearchSettings } from "../../config/file/config-file.ts";
import { parseObject } from "../../core/arguments.ts";
import { asShimError } from "../../core/errors.ts";
import {
  queryOf,
  type HostedCall,
  type HostedExchange,
  type HostedOffer,
  type HostedOutcome,
} from "../../wires/hosted.ts";
import { keySource } from "../key-source.ts";
import { searcher, type Searcher } from "./search.ts";

/** Undefined where the config names none. */
export function hostedTools({ web_search }: { web_search?: SearchSettings | undefined }): HostedTools | undefined {
  if (!web_search) return undefined;
  return new HostedTools({ search: searcher(web_search, keySource(web_search.key, undefined)) });
}

export interface HostedToolsOptions {
  search?: Searcher | undefined;
}

export class HostedTools {
  private readonly options: HostedToolsOptions;

  constructor(options: HostedToolsOptions) {
    this.options = options;
  }

  /** What can be run for a request; one that must not leave the house gets only what stands in it. */
  offer(local_only: boolean): HostedOffer {
    const { search } = this.options;
    return { search: search !== undefined && (search.settings.local || !local_only) };
  }

  /** Calls in one answer at most. */
  get max_calls(): number {
    return this.options.search?.settings.max_calls ?? 0;
  }

  /** Never throws but when it is aborted: the model hears what failed. */
  async run(call: HostedCall, asked: HostedExchange, signal: AbortSignal): Promise<HostedOutcome> {
    try {
      return await this.search(call, asked, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      return { kind: "failed", error: asShimError(thrown).message };
    }
  }

  private async search(call: HostedCall, { search }: HostedExchange, signal: AbortSignal): Promise<HostedOutcome> {
    const query = queryOf(parseObject(call.arguments));
    if (query === undefined) return { kind: "failed", error: 'the call has no `query`; write {"query": "…"}' };
    const results = await this.options.search?.search(query, search, signal);
    return results ? { kind: "searched", results } : { kind: "failed", error: "there is no search service" };
  }
}
