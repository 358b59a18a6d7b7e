/** What is printed at the start: what was found, and the lines that bring agents here. */
import { printable } from "../core/printable.ts";
import type { ModelInfo } from "../server/upstreams/model-list.ts";
import type { Found } from "../server/upstreams/probe.ts";

const SHOWN_MODELS = 4;

export function upstreamTable(found: readonly Found[]): string {
  const rows = found.map(({ provider, models, problem = "lists no models" }) => {
    const shown = models.slice(0, SHOWN_MODELS).map(shownModel).join(", ") || problem;
    const more = models.length > SHOWN_MODELS ? `, and ${models.length - SHOWN_MODELS} more` : "";
    return [provider.id, provider.base_url ?? "built in", shown + more].map(printable);
  });
  const wide = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([id = "", url = "", rest = ""]) => `  ${id.padEnd(wide[0] ?? 0)}  ${url.padEnd(wide[1] ?? 0)}  ${rest}`)
    .join("\n");
}

function shownModel({ id, context_window }: ModelInfo): string {
  return context_window ? `${id} (${context_window.toLocaleString("en")} tokens)` : id;
}

export const NOTHING_FOUND = `No model host was found on this machine. Start one of these, and it is picked up by itself:
  ollama serve                                  (and: ollama pull qwen3-coder)
  llama-server -m model.gguf --jinja
  LM Studio: Developer > Start server
or name one: juscode-shim --upstream https://host.example/v1 --upstream-key-env NAME
Until then the built-in model \`demo\` is served: it runs one command and answers, to show that all is well.`;

/** `program` is how this one is started; `where`, for commands that look elsewhere by themselves, names the address. */
export function agentLines(base_url: string, program: string, where: string): string {
  return `To use it, in another terminal:
  ${program} launch codex${where}   starts Codex on it and changes no file; also: claude, opencode
  ${program} setup codex${where}    after it: codex --profile juscode; also: setup --list
  any other agent: base URL ${base_url}, any key
`;
}
