/** `juscode-shim check`: validates the config, and prints every error or the resolved settings. */
import type { ConfigInputs } from "../config/file/config-file.ts";
import { shownConfig, type ShownConfig } from "../config/file/describe.ts";
import { loadConfig } from "../config/file/load.ts";
import { findConfig } from "../config/file/locate.ts";
import type { ConfigResult } from "../config/file/parse.ts";
import { problemsText, warningsText } from "../config/file/problem.ts";
import { configJsonSchema } from "../config/file/schema.ts";
import { printable, printableJson, printableLines } from "../core/printable.ts";
import type { CheckOptions } from "./options.ts";
import { countKeys, countUnboundKeys } from "./operations.ts";
import { columns } from "./table.ts";

/** What a command prints, and its exit code. */
export interface CommandOutput {
  text: string;
  code: 0 | 1;
}

export function check({ config, json, json_schema }: CheckOptions, env: ConfigInputs["env"]): CommandOutput {
  if (json_schema) return { text: `${JSON.stringify(configJsonSchema(), null, 2)}\n`, code: 0 };
  const file = findConfig(config);
  if (file === undefined) return { text: json ? `${JSON.stringify({ ok: true, file: null })}\n` : NO_FILE, code: 0 };
  const result = loadConfig(file, env, { client_keys: countKeys, unbound_keys: countUnboundKeys });
  return { text: json ? jsonOf(result, file, env) : textOf(result, file, env), code: "config" in result ? 0 : 1 };
}

const NO_FILE = `There is no config file, and none is needed: model servers on this machine are discovered.
To create one: juscode-shim init
`;

function jsonOf(result: ConfigResult, file: string, env: ConfigInputs["env"]): string {
  const shown =
    "config" in result
      ? { ok: true, ...shownConfig(result.config, env), warnings: result.config.warnings }
      : { ok: false, file, problems: result.problems };
  return `${printableJson(shown, 2)}\n`;
}

function textOf(result: ConfigResult, file: string, env: ConfigInputs["env"]): string {
  if ("problems" in result) return `${problemsText(result.problems)}\n`;
  const { warnings } = result.config;
  const count = warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`;
  const parts = [
    `${printable(file)} is valid${warnings.length === 0 ? "" : `, with ${count} (below)`}`,
    ...tablesOf(shownConfig(result.config, env)),
    ...(warnings.length === 0 ? [] : [`Warnings\n${warningsText(warnings)}`]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function tablesOf({ providers, models, routes, server, costs, store, web_search, mcp_servers }: ShownConfig): string[] {
  const list = (names: readonly string[] | "all", all: string): string => (names === "all" ? all : names.join(", "));
  return [
    table("Providers", [
      ["id", "preset", "wires", "address", "key", "where"],
      ...providers.map((each) => {
        const { id, preset, wires, base_url, key } = each;
        return [id, preset ?? "-", wires.join(", "), base_url, key, whereOf(each)];
      }),
    ]),
    table("Models", [
      ["name", "provider", "name at provider", "window"],
      ...models.map(({ name, aliases, provider, model, context_window }) => {
        const window = context_window?.toLocaleString("en") ?? "-";
        return [[name, ...aliases].join(", "), provider ?? "any", model, window];
      }),
    ]),
    table("Routes", [
      ["name", "prefers", "candidates", "limits"],
      ...routes.map(({ name, candidates, prefer, local_only, providers }) => {
        const limits = [local_only ? "local only" : "", providers === "all" ? "" : `only ${providers.join(", ")}`];
        return [name, prefer, list(candidates, "all models"), limits.filter((each) => each !== "").join("; ") || "-"];
      }),
    ]),
    settings("Server", server),
    settings("Costs", costs),
    settings("Store", store),
    web_search ? settings("Web search", web_search) : "",
    table("MCP servers", [
      ["label", "address", "key", "tools", "approval"],
      ...mcp_servers.map(({ label, url, key, allowed_tools, approval }) => {
        return [label, url, key, list(allowed_tools, "all"), approval];
      }),
    ]),
  ].filter((part) => part !== "");
}

function whereOf({ local, proxy, proxy_passed_by }: ShownConfig["providers"][number]): string {
  if (!local) return "remote";
  if (proxy_passed_by !== null) return `local, without the proxy of ${proxy_passed_by}`;
  return proxy ? `local, through its proxy ${proxy}` : "local";
}

/** `rows` begin with the head of the table; without others there is nothing to show. */
function table(title: string, rows: readonly string[][]): string {
  return rows.length === 1 ? "" : [title, ...columns(rows).map((line) => `  ${line}`)].join("\n");
}

function settings(title: string, values: object): string {
  const lines = Object.entries(values).map(([key, value]) => `  ${key} = ${shownValue(value)}`);
  return printableLines([title, ...lines]);
}

function shownValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  const { host, port } = value as { host: string; port: number };
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
