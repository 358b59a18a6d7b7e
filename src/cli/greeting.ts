/** What is printed at the start: what was found, and how agents connect. */
import type { FoundProvider } from "../server/upstreams/probe.ts";
import { columns } from "./table.ts";

const SHOWN_MODELS = 4;

export function upstreamTable(found: readonly FoundProvider[]): string {
  const rows = found.map(({ provider, models, problem = "lists no models" }) => {
    const names = models.map(({ id, context_window }) =>
      context_window ? `${id} (${context_window.toLocaleString("en")} tokens)` : id,
    );
    const more = names.length > SHOWN_MODELS ? `, and ${names.length - SHOWN_MODELS} more` : "";
    const shown = names.slice(0, SHOWN_MODELS).join(", ") || problem;
    return [provider.id, provider.base_url ?? "built in", shown + more];
  });
  const lines = columns(rows).map((line) => `  ${line}`);
  return lines.join("\n");
}

export const NOTHING_FOUND = `No model server was found on this machine. Start one of these, and it is discovered:
  ollama serve                                  (and: ollama pull qwen3-coder)
  llama-server -m model.gguf --jinja
  LM Studio: Developer > Start server
or name an upstream: juscode-shim --upstream https://host.example/v1 --upstream-key-env NAME
Until then the built-in model \`demo\` is served: it runs one command and replies, to show that everything works.`;

/** `program` is how this one is started; `where` is the address, for commands that would look elsewhere. */
export function agentLines(base_url: string, program: string, where: string): string {
  return `To use it, in another terminal:
  ${program} launch codex${where}   starts Codex on it and changes no file; also: claude, opencode
  ${program} setup codex${where}    then run: codex --profile juscode; also: setup --list
  any other agent: base URL ${base_url}, any key
`;
}
