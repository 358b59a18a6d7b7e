/** The gateway with the Chat client's wire at its door: what `POST /v1/chat/completions` does, as long as no other path matters. */
import { requestBody } from "../../../../src/server/memory/request-body.ts";
import { asShimError } from "../../../../src/core/errors.ts";
import type { ProviderInput } from "../../../../src/config/resolve.ts";
import { Catalog } from "../../../../src/server/upstreams/catalog.ts";
import { NO_COSTS } from "../../../../src/server/costs/store.ts";
import { handleRequest } from "../../../../src/server/relay/gateway.ts";
import type { GatewayOptions } from "../../../../src/server/relay/gateway-options.ts";
import { RefusalMemory } from "../../../../src/core/refusals/memory.ts";
import { textLog } from "../../../../src/server/log.ts";
import { PrefixWatch } from "../../../../src/server/relay/prefix.ts";
import { PromptWatch } from "../../../../src/server/relay/prompts.ts";
import { ConcurrencyLimit } from "../../../../src/server/room.ts";
import { Router } from "../../../../src/server/relay/router.ts";
import { chatClient } from "../../../../src/wires/chat/client/client.ts";
import { foundAt, INSTANCE } from "../../../server/serving.ts";
import { PLAIN } from "../../../support/around.ts";

export interface ChatGateway extends AsyncDisposable {
  url: string;
  counters: GatewayOptions["counters"];
  /** What was logged, one line a request. */
  lines: string[];
}

export function chatGateway(upstream: string, provider: Partial<ProviderInput> = {}): ChatGateway {
  const lines: string[] = [];
  const prompts = new PromptWatch((line) => void lines.push(line));
  let ids = 0;
  const gateway: GatewayOptions = {
    catalog: new Catalog(async () => [foundAt(upstream, ["tiny"], "upstream", provider)]),
    log: textLog(
      (line) => void lines.push(line),
      () => new Date(0),
    ),
    instance: INSTANCE,
    nextId: () => (++ids).toString(16).padStart(32, "0"),
    prefixes: new PrefixWatch(),
    counters: {},
    room: new ConcurrencyLimit({ places: 100 }),
    refusals: new RefusalMemory(() => performance.now()),
    prompts,
    router: new Router({ routes: [], local_only: false, calibration: prompts.calibration }),
    costs: NO_COSTS,
    hold_ms: 2000,
    heartbeat_ms: 10_000,
  };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      const { headers, signal } = request;
      const text = await request.text();
      const asked = {
        wire: chatClient,
        path: "/v1/chat/completions",
        client: PLAIN,
        via: INSTANCE,
        turn_state: undefined,
      };
      try {
        return await handleRequest({ ...asked, body: requestBody(text), headers, signal }, gateway);
      } catch (thrown) {
        const error = chatClient.httpError(asShimError(thrown), PLAIN);
        return Response.json(error.body, { status: error.status, headers: error.headers });
      }
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    counters: gateway.counters,
    lines,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
