/** Settings of Codex that keep it from working with the shim, and how each is told. */

export const provider = (id: string, lines: string): string => `# x\n[model_providers.${id}]\n${lines}\n`;
/** Where the shim listens. */
const ours = 'name = "mine"\nbase_url = "http://127.0.0.1:5872/v1"';

export interface TrapCase {
  text: string;
  line: number;
  says: string;
  blocks?: boolean;
  repairs?: boolean;
}

export const TRAPS: Readonly<Record<string, TrapCase>> = {
  chat: {
    text: provider("old", 'name = "old"\nbase_url = "http://127.0.0.1:8000/v1"\nenv_key = "K"\nwire_api = "chat"'),
    line: 6,
    says: 'the provider old has wire_api = "chat"',
    blocks: true,
    repairs: true,
  },
  "chat, inline": {
    text: 'model_providers = { old = { name = "old", base_url = "http://h/v1", wire_api = "chat", http_headers = { a = "b" } } }\n',
    line: 1,
    says: 'the provider old has wire_api = "chat"',
    blocks: true,
    repairs: true,
  },
  "reserved id": {
    text: provider("ollama", ours),
    line: 4,
    says: "ollama is a name that Codex reserves",
    blocks: true,
  },
  "empty name": {
    text: provider("x", 'name = ""\nbase_url = "http://h/v1"'),
    line: 3,
    says: "has an empty name",
    blocks: true,
    repairs: true,
  },
  "profile selected": {
    text: 'profile = "work"\n[profiles.work]\nmodel = "m"\n',
    line: 1,
    says: "no longer loads with profile",
    blocks: true,
  },
  "login sent to us": {
    text: provider("x", `${ours}\nrequires_openai_auth = true`),
    line: 5,
    says: "sends an OpenAI login to x",
    repairs: true,
  },
  "named OpenAI": {
    text: provider("x", 'name = "OpenAI"\nbase_url = "http://localhost:1/v1"'),
    line: 3,
    says: "a provider named OpenAI",
    repairs: true,
  },
  "path too long": {
    text: provider("x", 'name = "x"\nbase_url = "https://h.example/v1/responses"'),
    line: 4,
    says: "ends in /responses",
    repairs: true,
  },
  "window of another model": { text: "model_context_window = 400000\n", line: 1, says: "wins over the context window" },
  "profiles that nobody reads": { text: '[profiles.work]\nmodel = "m"\n', line: 1, says: "is no longer read" },
};
