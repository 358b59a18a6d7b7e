/** How a host is asked about its models, whatever program it is. */
import { asObject, type Json, type ModelInfo } from "../upstreams/model-list.ts";

/** Asks at a path from the host's root (`/props`, not `/v1/props`): GET, or POST with a body. Gives JSON, or throws. */
export type Ask = (path: string, body?: object) => Promise<unknown>;

/** The same, and nothing more can go wrong: an empty object is what a question without an answer gives. */
export type QuietAsk = (path: string, body?: object) => Promise<Json>;

/** Adds what one kind of program tells. */
export type WindowReader = (ask: QuietAsk, models: readonly ModelInfo[], memory: WindowMemory) => Promise<ModelInfo[]>;

export function quiet(ask: Ask): QuietAsk {
  return async (path, body) => {
    try {
      return asObject(await ask(path, body));
    } catch {
      return {}; // It is another version, busy, or asks for a key: what the list of models told stays.
    }
  };
}

/** Enough for every model of some hosts. */
const MAX_REMEMBERED = 512;

/** What a host has told before and need not be asked again. One for each host, kept as long as the host is known. */
export class WindowMemory {
  private readonly answers = new Map<string, unknown>();

  get<T>(key: string): T | undefined {
    return this.answers.get(key) as T | undefined;
  }

  set(key: string, value: unknown): void {
    this.answers.delete(key);
    this.answers.set(key, value);
    for (const [oldest] of this.answers) {
      if (this.answers.size <= MAX_REMEMBERED) break;
      this.answers.delete(oldest);
    }
  }
}

/** Asks for all, a few at a time: a host that serves a model must not be flooded with questions. */
export async function fewAtOnce<In, Out>(
  inputs: readonly In[],
  each: (input: In) => Promise<Out>,
  at_once = 4,
): Promise<Out[]> {
  const outputs: Out[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < inputs.length) {
      const place = next++;
      outputs[place] = await each(inputs[place] as In);
    }
  };
  await Promise.all(Array.from({ length: at_once }, work));
  return outputs;
}
