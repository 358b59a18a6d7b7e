/** A client of any wire, the server, a proxy that does harm, and a host of any wire, in a row. */
import { WIRE_NAMES, type WireName } from "../../../src/core/provider.ts";
import { bodyOf, type RawAnswer } from "../../support/ways/answer-parser.ts";
import { CLIENTS, type Understood } from "../../support/ways/clients.ts";
import { FaultProxy } from "../../support/ways/fault-proxy.ts";
import { HOSTS } from "../../support/ways/hosts.ts";
import { Line, postHead } from "../../support/ways/line.ts";
import type { Spoken } from "../../support/ways/spoken.ts";
import { CHUNKED_HEAD, chunk, RawHost } from "../raw-host.ts";
import { foundAt, serving, type Serving } from "../serving.ts";

export interface Way {
  client: WireName;
  host: WireName;
  forwarded: boolean;
}

export const WAYS: [string, Way][] = WIRE_NAMES.flatMap((client) =>
  WIRE_NAMES.flatMap((host) =>
    (client === host ? [false, true] : [false]).map((forwarded): [string, Way] => [
      `${client} on ${host}${forwarded ? ", handed on" : ""}`,
      { client, host, forwarded },
    ]),
  ),
);

/** Longer than any test lasts: what ends before did not end by silence. */
const NEVER_MS = 600_000;

export interface Setting extends AsyncDisposable {
  proxy: FaultProxy;
  host: RawHost;
  on: Serving;
  /** All bytes of the host's answer, and where its frames end in them. */
  bytes: Buffer;
  borders: number[];
  ask(): Promise<Told>;
}

export interface Told {
  answer: RawAnswer;
  text: string;
  understood: Understood;
}

/** With a head that announces chunks a cut can be told from an end. */
export async function setting(
  { client, host: wire, forwarded }: Way,
  said: Spoken,
  { head = CHUNKED_HEAD, idle_ms = NEVER_MS }: { head?: string; idle_ms?: number } = {},
): Promise<Setting> {
  const chunked = head === CHUNKED_HEAD;
  const frames = HOSTS[wire].frames(said).map((frame) => Buffer.from(chunked ? chunk(frame) : frame));
  const pieces = [Buffer.from(head), ...frames, ...(chunked ? [Buffer.from("0\r\n\r\n")] : [])];
  const bytes = Buffer.concat(pieces);
  let end = 0;
  const borders = pieces.map((piece) => (end += piece.length));
  const host = new RawHost((connection) => connection.write(bytes.toString("utf8")));
  const proxy = new FaultProxy(Number(new URL(host.url).port));
  const found = foundAt(`http://127.0.0.1:${proxy.port}/v1`, ["m"], "host", {
    wires: [wire],
    passthrough: forwarded ? "always" : "never",
    stream_idle_timeout_ms: idle_ms,
  });
  const on = await serving(async () => [found], { hold_ms: 100 });
  return {
    proxy,
    host,
    on,
    bytes,
    borders,
    ask: () => askAt(Number(new URL(on.url).port), client),
    async [Symbol.asyncDispose]() {
      await on[Symbol.asyncDispose]();
      proxy[Symbol.dispose]();
      host[Symbol.dispose]();
    },
  };
}

export async function askAt(port: number, client: WireName): Promise<Told> {
  const line = await Line.to(port);
  const body = JSON.stringify(CLIENTS[client].request({ model: "m", stream: true, say: "Go on." }));
  const answer = await line.ask(postHead(CLIENTS[client].path, Buffer.byteLength(body)), body);
  line.reset();
  const text = bodyOf(answer);
  return { answer, text, understood: CLIENTS[client].stream(text) };
}
