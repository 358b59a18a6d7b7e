/** Shapes that people's config.toml of Codex has. */
export const CODEX_CONFIGS: Readonly<Record<string, string>> = {
  empty: "",
  "comments only": "# my config\n# nothing in it yet\n",
  usual: `# Codex
model = "gpt-5.5" # the good one
model_reasoning_effort = "high"
approval_policy = "on-request"

[projects."/home/me/work"]
trust_level = "trusted"

# tools
[mcp_servers.files]
command = "npx"
args = ["-y", "some-server"]

[mcp_servers.files.env]
API_TOKEN = "secret-of-mine"
`,
  CRLF: `model = "gpt-5.5"\r\n\r\n[tui]\r\nnotifications = true # ping\r\n`,
  BOM: `\uFEFFmodel = "gpt-5.5"\n[tui]\nnotifications = true\n`,
  "BOM, and no key at the top": `\uFEFF[tui]\nnotifications = true\n`,
  "no line break at its end": `model = "gpt-5.5"\n[tui]\nnotifications = true`,
  "mixed line breaks": `model = "gpt-5.5"\r\n[tui]\nnotifications = true\r\n`,
  "inline tables": `model_providers = { mine = { name = "Mine", base_url = "http://127.0.0.1:9/v1" } } # all on one line
tui = { notifications = true }
`,
  "dotted keys": `model_providers.mine.name = "Mine"
model_providers.mine.base_url = "http://127.0.0.1:9/v1"
tui.notifications = true
[projects."/home/me/work"]
trust_level = "trusted"
`,
  "providers under one header": `[model_providers]
mine = { name = "Mine", base_url = "http://127.0.0.1:9/v1" }
[tui]
notifications = true
`,
  "dotted providers under one header": `[model_providers]
mine.name = "Mine"
mine.base_url = "http://127.0.0.1:9/v1"
`,
  "arrays of tables": `model = "gpt-5.5"
[[skills.config]]
path = "/skills/one"
enabled = true
[[skills.config]]
path = "/skills/two"
enabled = false
`,
  "long strings and arrays": `developer_instructions = """
[model_providers.juscode]
model = "not a key"
'''
"""
notify = [
  "notify-send", # ] not the end
  'it''s'
    , "done",
]
model_provider = 'openai'
`.replace("'it''s'", `'it is'`),
  "quoted keys": `"model" = "gpt-5.5"
'model_provider' = "openai"
["projects"."/a \\"b\\" #c"]
"trust_level" = "trusted"
`,
  "ours by hand": `model = "first"
model_provider = "juscode"

[model_providers.juscode]
name = "shim" # by hand
base_url = "http://127.0.0.1:1234/v1"
wire_api = "responses"
requires_openai_auth = false
request_max_retries = 2
[tui]
notifications = true
`,
  "blanks and tabs": `\n\n  model   =   "gpt-5.5"   \n\t[ tui ]\t# here\n\t\tnotifications\t=\ttrue\n\n\n`,
  "numbers and dates": `model_auto_compact_token_limit = 9_007_199_254_740_993
[notice]
hide_full_access_warning = true
`,
  "legacy profiles": `model = "gpt-5.5"

[profiles.work]
model = "gpt-5.4"
[profiles.work.features]
plugins = false
`,
};

/** A config that Codex does not load, and what `setup` says of it. */
export const BROKEN_CONFIGS: Readonly<Record<string, { text: string; line: number; says: string }>> = {
  "duplicate key": { text: 'model = "a"\n# x\nmodel = "b"\n', line: 3, says: "is defined twice, first on line 1" },
  "duplicate table": {
    text: "[tui]\nnotifications = true\n[tui]\n",
    line: 3,
    says: "is defined twice, first on line 1",
  },
  "duplicate key; another table has one of that name": {
    text: '[tui]\ntheme = "a"\n[model_providers.x]\nname = "y"\n[model_providers.z]\nname = "a"\nname = "b"\n',
    line: 7,
    says: "model_providers.z.name is defined twice, first on line 6",
  },
  "no TOML": { text: 'model = "a"\nmodel_provider = mine\n', line: 2, says: "TOML syntax error" },
};
