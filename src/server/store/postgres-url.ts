/** Reads `postgres://…` with libpq's parameters. */
import process from "node:process";
import type { ConnectionOptions } from "node:tls";
import type { ClientConfig } from "pg";
import { defined } from "../../config/file/findings.ts";
import { readRegularFile, whyUnreadable } from "../../config/regular-file.ts";
import { StoreError } from "./store-error.ts";

const FOR_TLS = ["sslmode", "sslrootcert", "sslcert", "sslkey"];
const PARAMETERS = ["host", "port", "user", "password", "dbname", ...FOR_TLS, "application_name"];

/** Throws a StoreError for an unknown parameter: a misspelt `sslmode` must not send passwords in the clear. */
export function connectionOf(text: string): ClientConfig {
  const url = new URL(text);
  const parameters = url.searchParams;
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined)
    throw new StoreError("broken", `the store's URL has a parameter ${unknown}; there are ${PARAMETERS.join(", ")}`);
  const part = (name: string, written: string): string | undefined =>
    parameters.get(name) ?? (written === "" ? undefined : decodeURIComponent(written));
  const host = part("host", hostIn(url));
  const port = part("port", url.port);
  return defined({
    host,
    port: port === undefined ? undefined : Number(port),
    user: part("user", url.username),
    password: part("password", url.password),
    database: part("dbname", url.pathname.slice(1)),
    application_name: parameters.get("application_name") ?? undefined,
    ssl: tlsOf(parameters, host),
  });
}

/** HOST:PORT, for people. */
export function serverOf(text: string): string {
  const url = new URL(text);
  const parameters = url.searchParams;
  const host = parameters.get("host") ?? (hostIn(url) || (process.env["PGHOST"] ?? "localhost"));
  return `${host.includes(":") ? `[${host}]` : host}:${parameters.get("port") ?? (url.port || "5432")}`;
}

const hostIn = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

/** `require` encrypts; `verify-ca` and `verify-full` also check the server's certificate. */
function tlsOf(parameters: URLSearchParams, host: string | undefined): ConnectionOptions | false {
  const mode = parameters.get("sslmode") ?? (parameters.has("sslrootcert") ? "verify-full" : "disable");
  if (mode === "disable") return false;
  if (!["require", "verify-ca", "verify-full"].includes(mode))
    throw new StoreError("broken", `sslmode=${mode} is not known; write disable, require, verify-ca or verify-full`);
  const ca = fileOf(parameters, "sslrootcert");
  const verify = mode !== "require" || ca !== undefined;
  return defined({
    rejectUnauthorized: verify,
    ca,
    cert: fileOf(parameters, "sslcert"),
    key: fileOf(parameters, "sslkey"),
    servername: host !== undefined && !/^[\d.]+$|[:/]/.test(host) ? host : undefined,
    // `verify-ca` checks the authority, but not the name.
    checkServerIdentity: mode === "verify-full" ? undefined : () => undefined,
  });
}

function fileOf(parameters: URLSearchParams, name: string): string | undefined {
  const path = parameters.get(name);
  if (path === null) return undefined;
  try {
    return readRegularFile(path);
  } catch (error) {
    throw new StoreError("broken", `${name} of the store's URL: ${path} ${whyUnreadable(error)}`, error);
  }
}
