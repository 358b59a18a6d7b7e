/** What is known of one kind of provider, as data. */
import type { DialectPatch } from "../core/dialect.ts";
import type { AuthScheme, ProbeKind, WireName } from "../core/provider.ts";

export interface Preset {
  id: string;
  name: string;
  /** The address of a service; absent for programs that users run. `{…}` is for the user to fill in. */
  base_url?: string;
  ports: readonly number[];
  /** Its `owned_by` in its list of models. */
  owned_by: readonly string[];
  env_keys: readonly string[];
  auth: AuthScheme;
  /** Wires that it supports well enough for an agent, the preferred one first. */
  wires: readonly WireName[];
  dialect: DialectPatch;
  /** By the names of models, or a beginning followed by `*`. Later ones win. */
  models: Readonly<Record<string, DialectPatch>>;
  probe: ProbeKind;
  catalogue?: string;
  /** The source of all this, with its date. */
  source: string;
}

type Row = Partial<Preset> & Pick<Preset, "dialect" | "source">;

const USUAL = { ports: [], auth: "bearer", owned_by: [], models: {}, wires: ["chat"], probe: "models" } as const;

/** A service with one address. */
export function service(id: string, name: string, base_url: string, env_keys: readonly string[], row: Row): Preset {
  return { ...USUAL, catalogue: id, ...row, id, name, base_url, env_keys };
}

/** A program that users run, with its usual ports. */
export function program(id: string, name: string, ports: readonly number[], row: Row): Preset {
  return { ...USUAL, env_keys: [], ...row, id, name, ports };
}
