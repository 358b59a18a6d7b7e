/** Proxies that the environment names for everybody, as runtimes read them. */

/** The variable by which a request to this address would go through a proxy; undefined for none. NO_PROXY is not looked at. */
export function environmentProxy(url: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const scheme = url.startsWith("https:") ? "https_proxy" : "http_proxy";
  return [scheme, "all_proxy"]
    .flatMap((name) => [name.toUpperCase(), name])
    .find((name) => Object.hasOwn(env, name) && (env[name] ?? "") !== "");
}
