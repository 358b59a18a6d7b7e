/** What is known of model hosts, as data: where they listen, how they name themselves, how they want requests. */
import { DEFAULT_DIALECT, type Dialect } from "../core/dialect.ts";

export interface Preset {
  id: string;
  /** For people. */
  name: string;
  /** Ports on this machine where it usually listens. */
  ports: readonly number[];
  /** What it writes as `owned_by` in its list of models. */
  owned_by: readonly string[];
  dialect: Partial<Dialect>;
}

export const PRESETS: readonly Preset[] = [
  { id: "ollama", name: "Ollama", ports: [11434], owned_by: [], dialect: {} },
  {
    id: "llama-server",
    name: "llama-server",
    ports: [8080, 9931], // 9931 is its default since October 2026
    owned_by: ["llamacpp"],
    // Measured with build 11669: under a schema it makes no tool call; `return_progress` is its own.
    dialect: { schema_with_tools: "instruct", return_progress: true },
  },
  { id: "lm-studio", name: "LM Studio", ports: [1234], owned_by: [], dialect: {} },
  { id: "vllm", name: "vLLM", ports: [8000], owned_by: ["vllm"], dialect: {} },
  { id: "sglang", name: "SGLang", ports: [30000], owned_by: ["sglang"], dialect: {} },
];

export function dialectOf(preset: Preset | undefined): Readonly<Dialect> {
  return preset ? Object.freeze({ ...DEFAULT_DIALECT, ...preset.dialect }) : DEFAULT_DIALECT;
}

/** The preset of a host that names itself in its list of models. */
export function presetByOwner(owner: string | undefined): Preset | undefined {
  return owner === undefined ? undefined : PRESETS.find((preset) => preset.owned_by.includes(owner));
}
