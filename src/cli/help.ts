import type { Preset } from "../config/preset.ts";
import { PRESETS } from "../config/presets/index.ts";
import { DEFAULT_HOST, DEFAULT_PORT } from "./serve-flags.ts";
import { DEFAULT_MAX_REQUESTS } from "./settings.ts";

export const HELP = `juscode-shim lets coding agents use any model host.

Usage
  juscode-shim [serve] [options]                       serve agents
  juscode-shim check [--config F] [--json]             is the config file right, and what does it come to?
  juscode-shim check --json-schema                     the config file's JSON schema, for editors
  juscode-shim explain [--route R] < request.json      whom a request would go to, and why
  juscode-shim costs [--days N] [--by day|model|provider|route] [--reference MODEL] [--request ID] [--json]
                                                       what was used and spent
  juscode-shim setup AGENT [--default] [--dry-run] [--yes] [--fix] [--undo] [--print]
                                                       set up codex, claude-code, opencode, cline, goose or aider
  juscode-shim setup --list
  juscode-shim launch codex|claude|opencode [-- ARGS]  start an agent on the shim, without any set-up
                                                       both take --key-env NAME: the variable that holds the shim's
                                                       key, where it asks for one (default JUSCODE_API_KEY)
  juscode-shim doctor [--live] [--model M] [--json]    what is wrong, what each model can do, and how to set it right
  juscode-shim service install|uninstall|print [--user|--system]
                                                       run it by systemd or launchd
  juscode-shim completions bash|zsh|fish
  juscode-shim key add NAME [--models A,B] [--rpm N] [--metrics]
  juscode-shim key list [--json] | key remove NAME     keys of clients; once there is one, every client needs one
  juscode-shim last [N] [--all] [--json]               why the last turns failed
  juscode-shim replay FILE                             plays a recorded request through the translator
  juscode-shim init [--config F] [--stdout] [--force]  write a config file to begin with

Without options it looks on this machine for Ollama, llama-server, LM Studio, vLLM and SGLang, and serves what
it finds to Codex CLI on ${DEFAULT_HOST}:${DEFAULT_PORT}. Nothing leaves the machine unless you name an upstream elsewhere.

A config file is read from --config, $JUSCODE_SHIM_CONFIG, juscode-shim.toml beside the executable,
~/.config/juscode-shim/config.toml or /etc/juscode-shim/config.toml, the first that is there. It is followed while the
server runs. Options win over it.

Options of serve
  -c, --config FILE            the config file
  -l, --listen HOST:PORT       address to listen on (default ${DEFAULT_HOST}:${DEFAULT_PORT}; port 0 picks a free one)
  -u, --upstream URL           one host instead of a search, e.g. https://host.example/v1; every model name is
                               passed on to it
      --upstream-key-env NAME  environment variable that holds the upstream's key (default: the one that is usual
                               for this host)
  -p, --preset NAME            what kind of host it is; alone, the host of that name:${namesOf(PRESETS)}
      --wire NAME              how it is asked: responses, chat or messages (default: the preset's, else chat)
      --no-discover            do not search; serve only the built-in demo model
      --hold-ms N              how long an upstream may take before the answer begins without it (default 2000)
      --heartbeat-ms N         silence after which the client gets a sign of life (default 10000)
      --idle-ms N              silence after which an upstream is given up (default 1800000, half an hour)
      --max-requests N         requests that may run at once (default ${DEFAULT_MAX_REQUESTS})
      --heal auto|off          make real calls of tool calls that a server left in the text (default auto)
      --log-level LEVEL        info (a line for each request), warn (only for those that failed, and warnings), error, quiet
      --log-format text|json   lines for people, or one JSON object a line
      --record DIR             write a transcript of each request, with placeholders for all texts, for a report of a fault
      --record-texts           ... with the texts themselves
  -q, --quiet                  the same as --log-level quiet
  -h, --help
  -V, --version
`;

/** Broken into lines that fit under the option's own. */
function namesOf(presets: readonly Preset[]): string {
  const lines = [""];
  for (const { id } of presets) {
    const line = lines.at(-1) ?? "";
    if (line.length + id.length > 70) lines.push(id);
    else lines[lines.length - 1] = line === "" ? id : `${line}, ${id}`;
  }
  return `\n${lines.map((line) => " ".repeat(31) + line).join(",\n")}`;
}
