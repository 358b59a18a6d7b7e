/** How soon a host's work ends when its client has gone. */
import { expect, test } from "bun:test";
import { quantile } from "../../../scripts/soak/process.ts";
import type { WireName } from "../../../src/core/provider.ts";
import { WIRE_NAMES } from "../../../src/core/provider.ts";
import { OPEN_HEAD, RawHost, textFrame, type RawConnection } from "../../server/raw-host.ts";
import { describeWith } from "../../support/needs.ts";
import { until } from "../../support/patience.ts";
import { Shim } from "../../support/shim.ts";
import { CLIENTS } from "../../support/ways/clients.ts";
import { Line, postHead } from "../../support/ways/line.ts";

const TIMES = 25;
/**
 * A request goes the same way to its host as the news that its client has gone, and is more work. Both take some
 * milliseconds; whoever notices only at the next heartbeat takes thousands of times as long.
 */
const MOST_REQUESTS = 10;

const MODELS = '{"data":[{"id":"m"}]}';
const MODELS_HEAD = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${MODELS.length}\r\n\r\n`;

/** Says a first word, or nothing at all, and then nothing more. Who has asked is taken down. */
class Silent implements Disposable {
  readonly asked: { connection: RawConnection; at: number }[] = [];
  readonly host: RawHost;

  constructor(first: string) {
    this.host = new RawHost((connection) => {
      if (connection.text.lastIndexOf("GET /") > connection.text.lastIndexOf("POST /"))
        return connection.write(MODELS_HEAD + MODELS);
      this.asked.push({ connection, at: performance.now() });
      if (first !== "") connection.write(first);
    });
  }

  [Symbol.dispose](): void {
    this.host[Symbol.dispose]();
  }
}

const FIRST_WORD = OPEN_HEAD + textFrame("Hi");
const WAYS: [string, WireName, string, "reset" | "end"][] = [
  ...WIRE_NAMES.map((client): [string, WireName, string, "reset"] => ["in mid-stream", client, FIRST_WORD, "reset"]),
  ["in mid-stream, in good order", "responses", FIRST_WORD, "end"],
  ["before the first word", "responses", "", "reset"],
];

describeWith("shim")("a client leaves", () => {
  test.each(WAYS)("%s (%s)", async (_, client, first, how) => {
    using silent = new Silent(first);
    await using shim = await Shim.start({ args: ["--upstream", silent.host.url, "--quiet"] });
    const delays: number[] = [];
    const requests: number[] = [];
    const body = JSON.stringify(CLIENTS[client].request({ model: "m", stream: true, say: "Go on." }));
    while (delays.length < TIMES) {
      const line = await Line.to(shim.port);
      let came = "";
      const asked_at = performance.now();
      void line.ask(
        postHead(CLIENTS[client].path, Buffer.byteLength(body)),
        body,
        (size) => void (came = String(size)),
      );
      await until("the host is asked", () => silent.asked.length > delays.length);
      const { connection, at = Number.NaN } = silent.asked.at(-1) ?? {};
      requests.push(at - asked_at);
      if (first !== "") await until("the first word comes", () => came !== "");
      const left_at = performance.now();
      line[how]();
      await until("the host's connection is closed", () => connection?.closed === true);
      delays.push((connection?.closed_at ?? Number.NaN) - left_at);
    }
    const [p50, p99] = [quantile(delays, 0.5), quantile(delays, 0.99)];
    const request = quantile(requests, 0.5);
    console.log(
      `a ${client} client leaves: its host sees it after ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99); a request takes ${request.toFixed(1)} ms`,
    );
    expect(p50).toBeLessThan(MOST_REQUESTS * request);
  });
});
