/**
 * decode∘encode: whatever a host says reaches every client as it was said, streamed and in one piece, and what one shim
 * has encoded another one decodes to the same answer. Made-up answers by number; a failure prints its number.
 *
 * Left out, since no two wires share them: ids of items, signatures and sealed thoughts (a tag of our own carries them),
 * and thoughts on the way to a client that did not ask for them.
 */
import { describe, expect, test } from "bun:test";
import type { WireName } from "../../../src/core/provider.ts";
import { WIRE_NAMES } from "../../../src/core/provider.ts";
import { SseDecoder } from "../../../src/core/sse.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../../../src/wires/index.ts";
import { PLAIN, testSurroundings } from "../../support/around.ts";
import type { Json } from "../../support/response-rules.ts";
import { CLIENTS, type Understood } from "../../support/ways/clients.ts";
import { HOSTS } from "../../support/ways/hosts.ts";
import { spokenBy, type Spoken } from "../../support/ways/spoken.ts";

const ROUNDS = 60;
const PAIRS = WIRE_NAMES.flatMap((client) => WIRE_NAMES.map((host) => [client, host] as [WireName, WireName]));

/** The bytes of a host's stream, read and told to a client. */
function translated(client: WireName, host: WireName, sse: string, stream: boolean): { sse: string; body: Json } {
  const around = testSurroundings();
  const request = CLIENTS[client].request({ model: "m", stream, say: "Go on." });
  const { turn, encoder } = CLIENT_WIRES[client].lift(request, PLAIN, around);
  if (stream) encoder.open();
  const decoder = UPSTREAM_WIRES[host].decoder(turn, (event) => encoder.write(event), around);
  const feed = (data: string): void => decoder.feed(data);
  const reader = new SseDecoder();
  reader.push(new TextEncoder().encode(sse), feed);
  reader.end(feed);
  decoder.end();
  return { sse: encoder.take(), body: stream ? {} : (JSON.parse(JSON.stringify(encoder.body())) as Json) };
}

function expectSaid(told: Understood, said: Spoken): void {
  expect(told).toEqual({
    ends: 1,
    error: undefined,
    incomplete: false,
    text: said.text,
    calls: said.calls.map(({ id, name, args }) => ({ id, name, args })),
  });
}

describe.each(PAIRS)("a client of %s on a host of %s", (client, host) => {
  test("hears what the host says, streamed and whole", () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const said = spokenBy(seed, `s${seed}`);
      const frames = HOSTS[host].frames(said).join("");
      const streamed = translated(client, host, frames, true);
      expect([seed, CLIENTS[client].faults(streamed.sse)]).toEqual([seed, []]);
      expectSaid(CLIENTS[client].stream(streamed.sse), said);
      const { body } = translated(client, host, frames, false);
      expect([seed, CLIENTS[client].bodyFaults(body)]).toEqual([seed, []]);
      expectSaid(CLIENTS[client].body(body), said);
    }
  });

  test("hears the same through two shims, one behind the other", () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const said = spokenBy(seed, `t${seed}`);
      for (const between of WIRE_NAMES) {
        const first = translated(between, host, HOSTS[host].frames(said).join(""), true);
        const { sse } = translated(client, between, first.sse, true);
        expectSaid(CLIENTS[client].stream(sse), said);
      }
    }
  });
});
