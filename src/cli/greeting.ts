/** What is printed at the start: what was found, and the lines that point Codex here. */
import type { ModelInfo } from "../server/model-list.ts";
import type { Found } from "../server/probe.ts";

const SHOWN_MODELS = 4;

export function upstreamTable(found: readonly Found[]): string {
  const rows = found.map(({ provider, models, problem = "lists no models" }) => {
    const shown = models.slice(0, SHOWN_MODELS).map(shownModel).join(", ") || problem;
    const more = models.length > SHOWN_MODELS ? `, and ${models.length - SHOWN_MODELS} more` : "";
    return [provider.id, provider.base_url ?? "built in", shown + more] as const;
  });
  const wide = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row[0].padEnd(wide[0] ?? 0)}  ${row[1].padEnd(wide[1] ?? 0)}  ${row[2]}`).join("\n");
}

function shownModel({ id, context_window }: ModelInfo): string {
  return context_window ? `${id} (${context_window.toLocaleString("en")} tokens)` : id;
}

export const NOTHING_FOUND = `No model host was found on this machine. Start one of these, and it is picked up by itself:
  ollama serve                                  (and: ollama pull qwen3-coder)
  llama-server -m model.gguf --jinja
  LM Studio: Developer > Start server
or name one: juscode-shim --upstream https://host.example/v1 --upstream-key-env NAME
Until then the built-in model \`demo\` is served: it runs one command and answers, to show that all is well. What is
written below is for \`demo\`: when another model is served, start juscode-shim again and follow it once more.`;

/** `home` is Codex's own folder; its profile files take absolute paths only. Without a `model`, none is known. */
export function codexLines(base_url: string, model: string | undefined, home: string): string {
  return `To use it with Codex:

1. Save the list of models, so that Codex knows their windows and offers apply_patch:
   mkdir -p ${home} && curl -s ${base_url}/models > ${home}/juscode-models.json
2. Write this to ${home}/juscode.config.toml, and run: codex --profile juscode

model = ${model === undefined ? '"MODEL"  # write the name of a model that the upstream serves' : JSON.stringify(model)}
model_provider = "juscode"
model_catalog_json = ${JSON.stringify(`${home}/juscode-models.json`)}

[model_providers.juscode]
name = "juscode"
base_url = ${JSON.stringify(base_url)}
wire_api = "responses"
`;
}
