/** Examines one model with every probe. */
import { modelCandidate } from "../upstreams/catalog.ts";
import type { ModelInfo } from "../upstreams/model-list.ts";
import type { FoundProvider } from "../upstreams/probe.ts";
import type { CapabilityProfile } from "./profile.ts";
import { probeKind } from "../upstreams/upstream.ts";
import { ProbeClient, type ProbeClientOptions } from "./ask.ts";
import { about, judged, type Finding } from "./finding.ts";
import { probeAnswer, probeImage, probeSchema, type Probe } from "./probe-answers.ts";
import { probeCall, probeParallel, probePatch } from "./probe-calls.ts";
import { effortsToTry, probeEfforts } from "./probe-efforts.ts";
import { probeWindow, promptCharactersFor } from "./probe-window.ts";

/** `model` is its name at the upstream; with `long` it gets a prompt as long as an agent's, too. */
export type ModelCase = { found: FoundProvider; model: string; long: boolean };

/** `at`: seconds since 1970. */
type ExamineOptions = Omit<ProbeClientOptions, "name"> & { version: string; at: number };

type Examined = { findings: Finding[]; profile: CapabilityProfile };

export async function examineModel({ found, model, long }: ModelCase, options: ExamineOptions): Promise<Examined> {
  const { provider } = found;
  const { info, dialect } = modelCandidate(found, model);
  const subject = `${provider.id}/${model}`;
  const client = new ProbeClient({ ...options, name: subject });
  const { version, at } = options;
  const base_url = provider.base_url ?? "";
  const profile: CapabilityProfile = { provider: provider.id, model, base_url, at, version, answers: false };
  const results = [await probeAnswer(client, profile)];
  const others: Probe[] = [
    probeCall,
    probeParallel,
    probePatch,
    probeEfforts(dialect),
    probeSchema,
    info.images === false ? noImages : probeImage,
    long ? probeWindow(info, probeKind(provider)) : noLongPrompt(info),
  ];
  for (const probe of profile.answers ? others : [])
    if (!isIdle(probe, profile)) results.push(await probe(client, profile));
  return { findings: results.flat().map((each) => ({ subject, ...each })), profile };
}

/** A model that makes no single call makes no two. */
function isIdle(probe: Probe, { calls }: CapabilityProfile): boolean {
  return (calls === "refused" || calls === "none") && (probe === probeParallel || probe === probePatch);
}

const noImages: Probe = async () => judged("images", "note", "not asked: it is known to see none");

function noLongPrompt(info: ModelInfo): Probe {
  const tokens = Math.round(promptCharactersFor(info) / 4000) * 1000;
  const found = `not sent, since ${tokens} tokens cost money there`;
  return async () => about("long prompt").skipped(found, undefined, "juscode-shim doctor --live --long sends it");
}

type Effort = { requests: number; input_tokens: number; output_tokens: number };

/** Requests and tokens that examining it takes at most, so that the user knows before it begins. */
export function effortOf({ found, model, long }: ModelCase): Effort {
  const { info, dialect } = modelCandidate(found, model);
  const requests = 8 + effortsToTry(dialect).length + (info.images === false ? 0 : 1) + (long ? 1 : 0);
  const long_tokens = long ? Math.ceil(promptCharactersFor(info) / 4) : 0;
  return { requests, input_tokens: requests * 400 + long_tokens, output_tokens: requests * 2048 };
}
