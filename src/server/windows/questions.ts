/** How an upstream is asked about its models, whatever program it is. */
import { asObject, type Json, type ModelInfo } from "../upstreams/model-list.ts";

/** Asks at a path from the server's root (`/props`, not `/v1/props`): GET, or POST with a body. Gives JSON, or throws. */
export type Ask = (path: string, body?: object) => Promise<unknown>;

/** The same, but a failed question gives an empty object. */
export type QuietAsk = (path: string, body?: object) => Promise<Json>;

/** Adds what one kind of program reports. */
export type WindowReader = (ask: QuietAsk, models: readonly ModelInfo[], memory: WindowMemory) => Promise<ModelInfo[]>;

export function quiet(ask: Ask): QuietAsk {
  // Another version, a busy one, or one that asks for a key: what the list of models says stays.
  return (path, body) => ask(path, body).then(asObject, () => ({}));
}

const MAX_REMEMBERED = 512; // Enough for every model of some servers.

/** Replies that need not be asked for again. One for each server, kept as long as the server is known. */
export class WindowMemory {
  private readonly replies = new Map<string, Json>();

  get(key: string | undefined): Json | undefined {
    return key === undefined ? undefined : this.replies.get(key);
  }

  set(key: string | undefined, reply: Json): void {
    if (key === undefined) return;
    this.replies.delete(key);
    this.replies.set(key, reply);
    const [oldest = ""] = this.replies.keys();
    if (this.replies.size > MAX_REMEMBERED) this.replies.delete(oldest);
  }
}

const AT_ONCE = 4;

/** Asks about all, a few at a time: a server that runs a model must not be flooded with questions. */
export async function fewAtOnce<In, Out>(inputs: readonly In[], each: (input: In) => Promise<Out>): Promise<Out[]> {
  const outputs: Out[] = [];
  const left = inputs.entries();
  const work = async (): Promise<void> => {
    for (const [place, input] of left) outputs[place] = await each(input);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outputs;
}
