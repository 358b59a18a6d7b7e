/** `juscode-shim check`: is the config right, and what does it come to? */
import { printable, printableJson, printableLines } from "../core/printable.ts";
import { shownConfig, type ShownConfig } from "../config/file/describe.ts";
import { configJsonSchema } from "../config/file/json-schema.ts";
import { findConfig } from "../config/file/find.ts";
import { loadConfig } from "../config/file/load.ts";
import { countKeys, countUnboundKeys } from "./outside.ts";
import type { ConfigResult } from "../config/file/parse.ts";
import type { CheckOptions } from "./options.ts";
import { problemsText, warningsText } from "../config/file/problem.ts";

export interface Told {
  text: string;
  code: 0 | 1;
}

export function check(
  { config, json, json_schema }: CheckOptions,
  env: Readonly<Record<string, string | undefined>>,
): Told {
  if (json_schema) return { text: `${JSON.stringify(configJsonSchema(), null, 2)}\n`, code: 0 };
  const file = findConfig(config);
  if (file === undefined) return { text: json ? `${JSON.stringify({ ok: true, file: null })}\n` : NO_FILE, code: 0 };
  const result = loadConfig(file, env, countKeys, countUnboundKeys);
  return { text: json ? jsonOf(result, file, env) : textOf(result, file, env), code: "config" in result ? 0 : 1 };
}

const NO_FILE = `There is no config file, and none is needed: model hosts on this machine are found by themselves.
To begin one: juscode-shim init
`;

type Env = Readonly<Record<string, string | undefined>>;

function jsonOf(result: ConfigResult, file: string, env: Env): string {
  const told =
    "config" in result
      ? { ok: true, ...shownConfig(result.config, env), warnings: result.config.warnings }
      : { ok: false, file, problems: result.problems };
  return `${printableJson(told, 2)}\n`;
}

function textOf(result: ConfigResult, file: string, env: Env): string {
  if ("problems" in result) return `${problemsText(result.problems)}\n`;
  const { warnings } = result.config;
  const parts = [
    `${printable(file)} is fine${warnings.length === 0 ? "" : `, but see the ${warnings.length === 1 ? "note" : "notes"} at the end`}`,
    ...tablesOf(shownConfig(result.config, env)),
    ...(warnings.length === 0 ? [] : [`Notes\n${warningsText(warnings)}`]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function tablesOf({ providers, models, routes, server, costs, store, web_search, mcp_servers }: ShownConfig): string[] {
  return [
    table(
      "Providers",
      ["id", "preset", "wires", "address", "key", "where"],
      providers.map((each) => [
        each.id,
        each.preset ?? "-",
        each.wires.join(", "),
        each.base_url,
        each.key,
        whereOf(each),
      ]),
    ),
    table(
      "Models",
      ["name", "provider", "its host's name", "window"],
      models.map(({ name, aliases, provider, model, context_window }) => [
        [name, ...aliases].join(", "),
        provider ?? "any",
        model,
        context_window === null ? "-" : context_window.toLocaleString("en"),
      ]),
    ),
    table(
      "Routes",
      ["name", "prefers", "among", "bounds"],
      routes.map(({ name, candidates, prefer, local_only, providers }) => [
        name,
        prefer,
        candidates === "all" ? "all models" : candidates.join(", "),
        [...(local_only ? ["local only"] : []), ...(providers === "all" ? [] : [`only ${providers.join(", ")}`])].join(
          "; ",
        ) || "-",
      ]),
    ),
    settings("Server", server),
    settings("Costs", costs),
    settings("Store", store),
    web_search ? settings("Web search", web_search) : "",
    table(
      "MCP servers",
      ["label", "address", "key", "tools", "approval"],
      mcp_servers.map(({ label, url, key, allowed_tools, approval }) => [
        label,
        url,
        key,
        allowed_tools === "all" ? "all" : allowed_tools.join(", "),
        approval,
      ]),
    ),
  ].filter((part) => part !== "");
}

function whereOf({ local, proxy, proxy_passed_by }: ShownConfig["providers"][number]): string {
  if (!local) return "elsewhere";
  if (proxy_passed_by !== null) return `local, asked directly (not by ${proxy_passed_by})`;
  return proxy ? `local, asked by its proxy ${proxy}` : "local";
}

function table(title: string, head: string[], rows: string[][]): string {
  if (rows.length === 0) return "";
  // A name is one line, and as wide as it looks.
  const cells = [head, ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]): string =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  return [title, ...cells.map(line)].join("\n");
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
