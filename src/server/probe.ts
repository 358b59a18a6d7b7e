/** Looks on this machine for model hosts at their usual ports. Nothing is sent anywhere else. */
import { readModelList, type ModelInfo } from "./model-list.ts";
import { httpProvider, SHIM_HEADER, type Provider } from "./upstream.ts";

export const LOCAL_HOSTS = [
  { id: "ollama", name: "Ollama", port: 11434 },
  { id: "llama-server", name: "llama-server", port: 8080 },
  { id: "llama-server-9931", name: "llama-server", port: 9931 }, // its default since October 2026
  { id: "lm-studio", name: "LM Studio", port: 1234 },
  { id: "vllm", name: "vLLM", port: 8000 },
  { id: "sglang", name: "SGLang", port: 30000 },
] as const;

const PROBE_TIMEOUT_MS = 1500;

export interface Found {
  provider: Provider;
  models: ModelInfo[];
}

/** Asks all hosts at once. `ownPort` is never asked, and neither shims nor hosts that list no models count. */
export async function probeLocal(ownPort: number): Promise<Found[]> {
  const found = await Promise.all(LOCAL_HOSTS.filter((host) => host.port !== ownPort).map(probe));
  return found.filter((each) => each !== undefined);
}

async function probe(host: (typeof LOCAL_HOSTS)[number]): Promise<Found | undefined> {
  const base_url = `http://127.0.0.1:${host.port}/v1`;
  try {
    const reply = await fetch(`${base_url}/models`, {
      redirect: "manual",
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    if (!reply.ok || reply.headers.has(SHIM_HEADER)) return undefined;
    const models = readModelList(await reply.json());
    return models.length === 0
      ? undefined
      : { provider: httpProvider({ id: host.id, name: host.name, base_url }), models };
  } catch {
    return undefined; // Nobody there, or nobody who speaks this language.
  }
}
