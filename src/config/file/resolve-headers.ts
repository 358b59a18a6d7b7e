/** Headers that the config adds to requests: written out, or from the environment. */
import type { Findings } from "./findings.ts";
import type { ProviderToml } from "./schema.ts";
import type { KeyPath } from "../../core/toml-positions.ts";

/** Headers whose variable is not set are left out, as Codex does. */
export function headersOf(
  toml: Pick<ProviderToml, "http_headers" | "env_http_headers">,
  path: KeyPath,
  found: Findings,
): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  const add = (table: "http_headers" | "env_http_headers", name: string, value: string): void => {
    const key = [...path, table, name];
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      found.problem(key, "is no name that a header can have", "write letters, digits and hyphens only");
    } else if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      found.problem(key, "has a value that no header can have", "leave out line breaks and what is not in Latin-1");
    } else headers[name] = value;
  };
  for (const [name, value] of Object.entries(toml.http_headers ?? {})) add("http_headers", name, value);
  for (const [name, variable] of Object.entries(toml.env_http_headers ?? {})) {
    const value = found.variable(variable)?.trim();
    if (value) add("env_http_headers", name, value);
    else found.warn([...path, "env_http_headers", name], "is not sent: the environment variable it names is not set");
  }
  return Object.keys(headers).length === 0 ? undefined : headers;
}
