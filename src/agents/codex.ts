/**
 * Codex CLI: its requests (recognized by the `x-codex-*` headers, never by `originator`, which any client of its app
 * server sets freely), and the model catalog that it reads. Measured with Codex 0.169.
 */

export function isCodex(headers: Headers): boolean {
  for (const name of headers.keys()) if (name.startsWith("x-codex-")) return true;
  return false;
}

/** A thread's title, a summary, a review, by the headers of Codex 0.169. */
export function isHelperRequest(headers: Headers): boolean {
  const subagent = headers.get("x-openai-subagent");
  if (subagent === "guardian" || subagent === "review") return true;
  const metadata = headers.get("x-codex-turn-metadata") ?? "";
  return /"request_kind"\s*:\s*"compaction"|"thread_source"\s*:\s*"thread_title"/.test(metadata);
}

interface CatalogModel {
  id: string;
  /** In tokens; absent where it is unknown. */
  context_window?: number;
  /** The context window that the model was trained for; its server may be set to less. */
  trained_window?: number;
  images?: boolean;
  /** Efforts that it accepts, by name; "any" where they are unknown. */
  efforts: object | "any";
}

/** Codex sends the first value of a turn back with every later request of that turn. */
export const TURN_STATE_HEADER = "x-codex-turn-state";

/** Default models of `codex --oss` (Codex 0.169: Ollama's, LM Studio's). */
export const OSS_DEFAULT_MODELS = ["gpt-oss:20b", "openai/gpt-oss-20b"] as const;

/** The version of Ollama that is reported to Codex, which needs 0.13.4 at least. */
export const OLLAMA_VERSION = "0.13.4";

/** For an unknown context window: small enough for a local model, large enough to work in. */
const ASSUMED_CONTEXT_WINDOW = 32_768;

/**
 * An entry of Codex's model catalog. Without one Codex falls back to a prompt of 17 kB, assumes a context
 * window of 272,000 tokens, and offers no apply_patch.
 */
export function codexCatalogEntry(model: CatalogModel, priority: number): Record<string, unknown> {
  return {
    slug: model.id,
    display_name: model.id,
    description: "Served by juscode-shim",
    supported_reasoning_levels: levelsOf(model.efforts),
    shell_type: "unified_exec",
    visibility: "list",
    supported_in_api: true,
    priority,
    support_verbosity: false,
    default_reasoning_summary: "auto",
    apply_patch_tool_type: "freeform",
    truncation_policy: { mode: "tokens", limit: 10_000 },
    context_window: model.context_window ?? Math.min(model.trained_window ?? Infinity, ASSUMED_CONTEXT_WINDOW),
    input_modalities: model.images ? ["text", "image"] : ["text"],
    experimental_supported_tools: [],
    supports_search_tool: false,
    // Codex 0.107 to 0.134 do not load a list without these.
    supports_reasoning_summaries: true,
    supports_parallel_tool_calls: true,
    base_instructions: BASE_INSTRUCTIONS,
  };
}

/** The efforts that Codex lets its user choose from; none for a model whose efforts are unknown. */
function levelsOf(efforts: object | "any"): object[] {
  if (efforts === "any") return [];
  return Object.keys(efforts).map((effort) => ({ effort, description: `${effort} reasoning effort` }));
}

const BASE_INSTRUCTIONS = `You are a coding agent that works in the user's own files through Codex CLI. You act by calling tools: a plan that you only describe changes nothing.

How to work
- Read before you write: look at the files that matter with exec_command (rg, ls, sed -n '1,200p' FILE) and follow their style.
- Do what was asked and no more. Keep going until it is done and checked, then stop.
- After a change run what proves it: the tests, the build, or the program itself. If that is not possible, say so.
- Never undo changes that you did not make, never commit or push unless asked, and never delete files outside the task.
- AGENTS.md files in the project hold rules for the folder they lie in; follow them.

Tools
- exec_command runs a shell command: {"cmd": "rg -n TODO src"}. Arguments are one JSON object. A command that goes on running returns a session id; write_stdin talks to it and reads what it printed.
- apply_patch edits files. Its text begins and ends with these markers, without code fences:
*** Begin Patch
*** Update File: src/app.py
@@ def greet():
-    print("Hi")
+    print("Hello")
*** Add File: notes.txt
+every line of a new file begins with a plus
*** Delete File: old.txt
*** End Patch
  In an update, lines begin with a space (unchanged), - or +, and three unchanged lines around a change are enough to find its place. Paths are relative to the working folder.
- If apply_patch is not among your tools, run it by exec_command: {"cmd": "apply_patch <<'EOF'\\n*** Begin Patch\\n...\\n*** End Patch\\nEOF"}.
- Call several tools at once when they do not depend on each other.
- When a tool reports an error, read it, change the call and try again; do not repeat the same call.

Answers
- Say briefly, in plain words, what you did and what came of it; name files as path:line. No long code in the answer when it is in a file.
- If something is unclear and a wrong guess would cost much, ask; otherwise choose the simplest reading and say which.
`;
