/** Responses that a provider keeps itself: what is asked of one goes to whoever made it, and comes back as it is. */
import { ShimError } from "../../core/errors.ts";
import { errorText } from "../upstreams/reading.ts";
import { searchedBody } from "../relay/failed-frames.ts";
import type { GatewayOptions } from "../relay/gateway-options.ts";
import type { Provider } from "../upstreams/upstream.ts";
import { VIA_HEADER } from "../upstreams/upstream.ts";

const PASSED_BACK = ["content-type", "x-request-id", "retry-after"];

/** `path` is below the provider's base URL, with its query. */
export async function askKeeper(
  id: string,
  method: "GET" | "POST" | "DELETE",
  path: string,
  request: Request,
  { catalog, instance }: GatewayOptions,
): Promise<Response> {
  const provider = await keeperOf(id, catalog);
  const via = request.headers.get(VIA_HEADER);
  const reply = await provider.call(method, path, {
    via: via === null ? instance : `${via}, ${instance}`,
    signal: request.signal,
    headers: { accept: request.headers.get("accept") ?? "*/*" },
  });
  const { redact } = provider;
  const passed = [...reply.headers].filter(([name]) => PASSED_BACK.includes(name));
  const headers = Object.fromEntries(passed.map(([name, value]) => [name, redact(value)]));
  const told = { ...headers, "x-juscode-provider": provider.id };
  const { status, body } = reply;
  const stream = (reply.headers.get("content-type") ?? "").includes("event-stream");
  // Also a response that is there may be one that has failed.
  if (reply.ok) return new Response(body && searchedBody(body, stream, redact), { status, headers: told });
  // Hosts repeat the key that they refuse.
  return new Response(redact(await errorText(reply)), { status, headers: told });
}

async function keeperOf(id: string, catalog: GatewayOptions["catalog"]): Promise<Provider> {
  const found = (await catalog.list()).find(({ provider }) => provider.id === id);
  if (found) return found.provider;
  throw new ShimError("not_found", `this response is kept by \`${id}\`, which is no longer among the upstreams`, {
    code: null,
  });
}
