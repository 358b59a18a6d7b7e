/** What is known of one kind of model host, as data. */
import type { DialectPatch } from "../core/dialect.ts";
import type { AuthScheme, ProbeKind, WireName } from "../core/provider.ts";

export interface Preset {
  id: string;
  /** For people. */
  name: string;
  /** Where the one service of this name listens; absent for programs that anybody runs. `{…}` stands for what the user must fill in. */
  base_url?: string;
  /** Ports on this machine where it usually listens. */
  ports: readonly number[];
  /** What it writes as `owned_by` in its list of models. */
  owned_by: readonly string[];
  /** Environment variables where its users keep the key. */
  env_keys: readonly string[];
  auth: AuthScheme;
  /** Wires that it speaks well enough for an agent, the preferred one first. */
  wires: readonly WireName[];
  dialect: DialectPatch;
  /** What differs for some of its models, by their exact names or by a beginning with `*` after it. Later ones win. */
  models: Readonly<Record<string, DialectPatch>>;
  probe: ProbeKind;
  /** The provider's name in the catalogue of models; absent where the catalogue has nothing. */
  catalogue?: string;
  /** Evidence for all of this: date and source. */
  source: string;
}

type Row = Partial<Preset> & Pick<Preset, "dialect" | "source">;

/** A service with one address; what its row leaves out is usual. */
export function service(id: string, name: string, base_url: string, env_keys: readonly string[], row: Row): Preset {
  const usual = { ports: [], auth: "bearer", owned_by: [], models: {}, wires: ["chat"], probe: "models" } as const;
  return { ...usual, catalogue: id, ...row, id, name, base_url, env_keys };
}
