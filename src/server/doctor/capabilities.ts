/**
 * What doctor has found out about models, kept in the state folder so that routing can use it: which tools, pictures and
 * efforts a model really takes. It holds names, numbers and yes or no, never a word of a prompt or a reply.
 */
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import * as z from "zod";
import { readRegularFile } from "../../config/regular-file.ts";
import type { EffortTable } from "../../core/dialect.ts";
import type { ModelFacts } from "../../core/provider.ts";
import { stateFolder, type Machine } from "../state-folder.ts";
import type { CapabilityProfile } from "./profile.ts";

const VERSION = 1;
/** The newest are kept. */
const MOST_PROFILES = 256;
const MOST_BYTES = 4 * 1024 * 1024;
/** In seconds. Upstreams change: an older profile is ignored. */
const COUNTS_FOR = 30 * 24 * 3600;
/** The file is not looked at more often than this. */
const LOOK_MS = 5000;

const Profile = z.looseObject({
  provider: z.string(),
  model: z.string(),
  base_url: z.string(),
  at: z.number(),
  version: z.string(),
  answers: z.boolean(),
  calls: z.enum(["yes", "forced", "none", "refused"]).optional(),
  images: z.enum(["seen", "unseen", "refused"]).optional(),
  efforts: z.record(z.string(), z.looseObject({ taken: z.boolean() })).optional(),
  cut_at: z.number().optional(),
});
const ProfileFile = z.object({ version: z.literal(VERSION), profiles: z.array(z.unknown()) });

export function capabilitiesFile(machine: Machine): string {
  return join(stateFolder(machine), "capabilities.json");
}

/** All that is kept; nothing where there is no such file, or one of another version. */
export function readProfiles(file: string): CapabilityProfile[] {
  try {
    return ProfileFile.parse(JSON.parse(readRegularFile(file, MOST_BYTES))).profiles.filter(isProfile);
  } catch {
    return [];
  }
}

function isProfile(value: unknown): value is CapabilityProfile {
  return Profile.safeParse(value).success;
}

/** Adds these, in the place of older ones of the same models. Whole or not at all. Throws where it cannot be written. */
export function keepProfiles(file: string, profiles: readonly CapabilityProfile[]): void {
  const all = new Map<string, CapabilityProfile>();
  for (const each of [...readProfiles(file), ...profiles]) {
    const key = keyOf(each.provider, each.model);
    all.delete(key);
    all.set(key, each);
  }
  const kept = [...all.values()].slice(-MOST_PROFILES);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}.new`;
  rmSync(fresh, { force: true });
  const text = `${JSON.stringify({ version: VERSION, profiles: kept }, null, 1)}\n`;
  writeFileSync(fresh, text, { flag: "wx", mode: 0o600 });
  renameSync(fresh, file);
}

/** The kept profiles as facts. The file is reloaded while the server runs. */
export class Capabilities {
  private readonly file: string;
  private readonly now_ms: () => number;
  private profiles = new Map<string, CapabilityProfile>();
  private looked_ms = -Infinity;
  private state = "";

  /** `now_ms` counts milliseconds since 1970. */
  constructor(file: string, now_ms: () => number = Date.now) {
    this.file = file;
    this.now_ms = now_ms;
  }

  /** The profile of a model, as long as it counts: of this upstream, and not too old. */
  profileOf(provider: { id: string; base_url?: string | undefined }, model: string): CapabilityProfile | undefined {
    this.look();
    const profile = this.profiles.get(keyOf(provider.id, model));
    if (!profile || profile.base_url !== (provider.base_url ?? "")) return undefined;
    return this.now_ms() / 1000 - profile.at > COUNTS_FOR ? undefined : profile;
  }

  /**
   * What is known of a model by having tried it. It belongs above what a catalogue or the upstream says, and below the
   * user's config. `efforts` is the table that the model would have without it.
   */
  profileFacts(
    provider: { id: string; base_url?: string | undefined },
    model: string,
    efforts: EffortTable | "any" = "any",
  ): Partial<ModelFacts> {
    const profile = this.profileOf(provider, model);
    if (!profile) return {};
    // Only what one attempt settles: a model that once saw no picture is not said to be blind.
    const { calls, images, cut_at } = profile;
    const table = effortsOf(profile, efforts);
    return {
      ...(calls !== undefined && { tools: calls === "yes" || calls === "forced" }),
      ...((images === "seen" || images === "refused") && { images: images === "seen" }),
      ...(cut_at !== undefined && { context_window: cut_at }),
      ...(table && { efforts: table }),
    };
  }

  private look(): void {
    const now_ms = this.now_ms();
    // Either way: the clock may have been set back.
    if (Math.abs(now_ms - this.looked_ms) < LOOK_MS) return;
    this.looked_ms = now_ms;
    const state = stateOf(this.file);
    if (state === this.state) return;
    this.state = state;
    this.profiles = new Map(readProfiles(this.file).map((each) => [keyOf(each.provider, each.model), each]));
  }
}

const keyOf = (provider: string, model: string): string => `${provider}/${model}`;

function stateOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino}:${size}:${mtimeMs}`;
  } catch {
    return "none";
  }
}

/** Something only where an effort was refused: else what was known stays. */
function effortsOf({ efforts: seen = {} }: CapabilityProfile, known: EffortTable | "any"): EffortTable | undefined {
  const refused = Object.keys(seen).filter((effort) => !seen[effort]?.taken);
  if (refused.length === 0) return undefined;
  const words = known === "any" ? Object.fromEntries(Object.keys(seen).map((effort) => [effort, effort])) : known;
  const taken = Object.entries(words).filter(([effort]) => !refused.includes(effort));
  // A model that takes no other effort does not reason.
  return taken.every(([effort]) => effort === "none") ? {} : Object.fromEntries(taken);
}
