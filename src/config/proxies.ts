/** The environment variable whose proxy the runtime would use for this address; NO_PROXY is not considered. */
export function environmentProxy(url: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const scheme = url.startsWith("https:") ? "https_proxy" : "http_proxy";
  return [scheme, "all_proxy"]
    .flatMap((name) => [name.toUpperCase(), name])
    .find((name) => Object.hasOwn(env, name) && (env[name] ?? "") !== "");
}
