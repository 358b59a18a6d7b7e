/** Put in by the build: the package's version and the commit. */
declare const SHIM_VERSION: string | undefined;

export const VERSION = typeof SHIM_VERSION === "string" ? SHIM_VERSION : "dev";
