/** Trust and way of connections. Bun's own fields of a request; other runtimes pass over them. */
import process from "node:process";
import { readRegularFile } from "../../config/regular-file.ts";
import type { Init } from "./fetching.ts";

/** `proxy`: empty for none. */
export function transportOf({ ca_file, proxy }: { ca_file?: string; proxy?: string }): Init {
  return {
    ...(ca_file !== undefined && { tls: { ca: [...rootCertificates(), readRegularFile(ca_file)] } }),
    ...(proxy !== undefined && proxy !== "" && { proxy }),
  };
}

/** Of a module that takes some milliseconds to load, which hardly any start needs. */
function rootCertificates(): readonly string[] {
  return process.getBuiltinModule("node:tls").rootCertificates;
}
