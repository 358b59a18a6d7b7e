import { DEFAULT_HOST, DEFAULT_PORT } from "./options.ts";

export const HELP = `juscode-shim lets coding agents use any model host.

Usage
  juscode-shim [serve] [options]

Without options it looks on this machine for Ollama, llama-server, LM Studio, vLLM and SGLang, and serves what
it finds to Codex CLI on ${DEFAULT_HOST}:${DEFAULT_PORT}. Nothing leaves the machine unless you name an upstream elsewhere.

Options
  -l, --listen HOST:PORT       address to listen on (default ${DEFAULT_HOST}:${DEFAULT_PORT}; port 0 picks a free one)
  -u, --upstream URL           one Chat Completions host instead of a search, e.g. https://host.example/v1;
                               every model name is passed on to it
      --upstream-key-env NAME  environment variable that holds the upstream's key
      --no-discover            do not search; serve only the built-in demo model
      --hold-ms N              how long an upstream may take before the answer begins without it (default 2000)
      --heartbeat-ms N         silence after which the client gets a sign of life (default 10000)
      --idle-ms N              silence after which an upstream is given up (default 1800000, half an hour)
      --heal auto|off          make real calls of tool calls that a server left in the text (default auto)
  -q, --quiet                  print no line for each request
  -h, --help
  -V, --version
`;
