/** Looks on this machine for upstreams at their usual ports. Nothing is sent anywhere else. */
import type { Preset } from "../../config/preset.ts";
import { presetByOwner, PRESETS } from "../../config/presets/index.ts";
import type { ProviderInput } from "../../config/resolve.ts";
import { readModelList, type ModelInfo } from "./model-list.ts";
import { fetchPlain } from "./plain.ts";
import { MOST_LIST_BYTES, readJsonReply } from "./reading.ts";
import { directly } from "./transport.ts";
import { SHIM_HEADER } from "../headers.ts";
import { httpProvider, type Provider } from "./upstream.ts";

const PROBE_TIMEOUT_MS = 1500;

export interface FoundProvider {
  provider: Provider;
  models: ModelInfo[];
  /** Why there are none, in a few words. */
  problem?: string;
}

/** Whether a client may use what goes by this name. */
export type MayUse = (model: string) => boolean;

/** Names of models, but for those that a client may not use. */
export function namesFor(may: MayUse, found: readonly FoundProvider[]): string[] {
  return found.flatMap(({ provider, models }) =>
    models.flatMap(({ id }) => [`${provider.id}/${id}`, id].find((name) => may(name)) ?? []),
  );
}

/** Why upstreams have no models, for people; empty where all have some. Nothing of those that are not for this client. */
export function troublesOf(found: readonly FoundProvider[], may: MayUse = () => true): string {
  return found
    .filter(({ problem }) => problem !== undefined)
    .filter((each) => may(`${each.provider.id}/`) || namesFor(may, [each]).length > 0)
    .map(({ provider, problem }) => `${provider.speaker} ${problem}`)
    .join("; ");
}

/** Probes all ports at once, but for `ownPort`; neither shims nor upstreams that list no models count. */
export async function probeLocal(
  ownPort: number,
  common: Partial<ProviderInput> = {},
  presets: readonly Preset[] = PRESETS,
): Promise<FoundProvider[]> {
  const probes = presets.flatMap((preset) =>
    preset.ports.filter((port) => port !== ownPort).map((port) => probe(preset, port, common)),
  );
  return (await Promise.all(probes)).filter((each) => each !== undefined);
}

async function probe(preset: Preset, port: number, common: Partial<ProviderInput>): Promise<FoundProvider | undefined> {
  const base_url = `http://127.0.0.1:${port}/v1`;
  try {
    const speaker = preset.name;
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const reply = await fetchPlain(`${base_url}/models`, { ...directly(), redirect: "manual", signal }, speaker);
    if (!reply.ok || reply.headers.has(SHIM_HEADER)) return undefined;
    const models = readModelList(await readJsonReply(reply, { most_bytes: MOST_LIST_BYTES, speaker }));
    if (models.length === 0) return undefined;
    // Programs are moved to other ports: what an upstream says of itself counts for more.
    const known = presetByOwner(models[0]?.owned_by) ?? preset;
    const id = port === known.ports[0] ? known.id : `${known.id}-${port}`;
    return { provider: httpProvider({ ...common, id, name: known.name, preset: known.id, base_url }), models };
  } catch {
    return undefined; // Nothing listens there, or it speaks no such wire.
  }
}
