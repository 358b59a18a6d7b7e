/** Examines one model: every probe in its order, and what they have shown. */
import { chosenOf } from "../upstreams/catalog.ts";
import type { ModelInfo } from "../upstreams/model-list.ts";
import type { Found } from "../upstreams/probe.ts";
import { probeKind } from "../upstreams/upstream.ts";
import { Patient, type PatientOptions } from "./ask.ts";
import { judged, type Finding, type Judged } from "./finding.ts";
import { probeAnswer, probeImage, probeSchema, type Probe } from "./probe-answers.ts";
import { probeCall, probeParallel, probePatch } from "./probe-calls.ts";
import { effortsToTry, probeEfforts } from "./probe-efforts.ts";
import { probeWindow, promptCharactersFor } from "./probe-window.ts";
import type { CapabilityProfile } from "./profile.ts";

export interface ModelCase {
  found: Found;
  /** By its host's name. */
  model: string;
  /** Send a prompt as long as an agent's, too. */
  long: boolean;
}

interface ExamineOptions extends Omit<PatientOptions, "name"> {
  version: string;
  /** Seconds since 1970. */
  at: number;
}

interface Examined {
  findings: Finding[];
  profile: CapabilityProfile;
  requests: number;
}

export async function examineModel({ found, model, long }: ModelCase, options: ExamineOptions): Promise<Examined> {
  const { provider } = found;
  const { info, dialect } = chosenOf(found, model);
  const name = `${provider.id}/${model}`;
  const patient = new Patient({ ...options, name });
  const { version, at } = options;
  const base_url = provider.base_url ?? "";
  const profile: CapabilityProfile = { provider: provider.id, model, base_url, at, version, answers: false };
  const told: Judged[] = await probeAnswer(patient, profile);
  const others: Probe[] = profile.answers
    ? [
        probeCall,
        probeParallel,
        probePatch,
        probeEfforts(dialect),
        probeSchema,
        info.images === false ? noImages : probeImage,
        long ? probeWindow({ info, kind: probeKind(provider) }) : noLongPrompt(info),
      ]
    : [];
  for (const probe of others) if (!isIdle(probe, profile)) told.push(...(await probe(patient, profile)));
  return { findings: told.map((each) => ({ subject: name, ...each })), profile, requests: patient.asked };
}

/** Who makes no single call makes no two. */
function isIdle(probe: Probe, { calls }: CapabilityProfile): boolean {
  return (calls === "refused" || calls === "none") && (probe === probeParallel || probe === probePatch);
}

const noImages: Probe = async () => [judged("images", "note", "not asked: it is known to see none")];

function noLongPrompt(info: ModelInfo): Probe {
  const tokens = Math.round(promptCharactersFor(info) / 4000) * 1000;
  return async () => [
    judged(
      "long prompt",
      "skipped",
      `not sent, since ${tokens} tokens cost money there`,
      undefined,
      "juscode-shim doctor --live --long sends it",
    ),
  ];
}

/** Requests and tokens that examining it takes at most, so that the user knows before it begins. */
export function effortOf({ found, model, long }: ModelCase): {
  requests: number;
  input_tokens: number;
  output_tokens: number;
} {
  const { info, dialect } = chosenOf(found, model);
  const requests = 8 + effortsToTry(dialect).length + (info.images === false ? 0 : 1) + (long ? 1 : 0);
  const long_tokens = long ? Math.ceil(promptCharactersFor(info) / 4) : 0;
  return { requests, input_tokens: requests * 400 + long_tokens, output_tokens: requests * 2048 };
}
