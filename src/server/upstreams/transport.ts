/** Trust and way of connections. Bun's own fields of a request; other runtimes pass over them. */
import { readFileSync } from "node:fs";
import process from "node:process";
import type { Init } from "./fetching.ts";

/** `proxy`: empty for none. */
export function transportOf({ ca_file, proxy }: { ca_file?: string; proxy?: string }): Init {
  return {
    ...(ca_file !== undefined && { tls: { ca: [...rootCertificates(), readFileSync(ca_file, "utf8")] } }),
    ...(proxy !== undefined && proxy !== "" && { proxy }),
  };
}

/** Of a module that takes some milliseconds to load, which hardly any start needs. */
function rootCertificates(): readonly string[] {
  return process.getBuiltinModule("node:tls").rootCertificates;
}
