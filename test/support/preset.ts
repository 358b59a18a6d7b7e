/** A preset that says nothing but where its program listens. */
import type { Preset } from "../../src/config/preset.ts";

export function presetAt(id: string, port: number): Preset {
  return {
    id,
    name: id,
    ports: [port],
    owned_by: [],
    env_keys: [],
    auth: "bearer",
    wires: ["chat"],
    dialect: {},
    models: {},
    probe: "models",
    source: "made up",
  };
}
