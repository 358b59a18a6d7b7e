/** How soon a host's work ends when its client has gone. */
import { expect, test } from "bun:test";
import { quantile } from "../../../scripts/soak/process.ts";
import type { WireName } from "../../../src/core/provider.ts";
import { WIRE_NAMES } from "../../../src/core/provider.ts";
import { OPEN_HEAD, RawHost, textFrame, type RawConnection } from "../../server/raw-host.ts";
import { describeWith } from "../../support/needs.ts";
import { Shim } from "../../support/shim.ts";
import { CLIENTS } from "../../support/ways/clients.ts";
import { Line, postHead } from "../../support/ways/line.ts";

const TIMES = 25;
const MOST_MS = 15;

const MODELS = '{"data":[{"id":"m"}]}';
const MODELS_HEAD = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${MODELS.length}\r\n\r\n`;

/** Says a first word, or nothing at all, and then nothing more. Who has asked is taken down. */
class Silent implements Disposable {
  readonly asked: RawConnection[] = [];
  readonly host: RawHost;

  constructor(first: string) {
    this.host = new RawHost((connection) => {
      if (connection.text.lastIndexOf("GET /") > connection.text.lastIndexOf("POST /"))
        return connection.write(MODELS_HEAD + MODELS);
      this.asked.push(connection);
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
  test.each(WAYS)(
    "%s (%s)",
    async (_, client, first, how) => {
      using silent = new Silent(first);
      await using shim = await Shim.start({ args: ["--upstream", silent.host.url, "--quiet"] });
      const delays: number[] = [];
      const body = JSON.stringify(CLIENTS[client].request({ model: "m", stream: true, say: "Go on." }));
      while (delays.length < TIMES) {
        const line = await Line.to(shim.port);
        let came = "";
        void line.ask(
          postHead(CLIENTS[client].path, Buffer.byteLength(body)),
          body,
          (size) => void (came = String(size)),
        );
        await soon("the host is asked", () => silent.asked.length > delays.length);
        const connection = silent.asked.at(-1);
        if (first !== "") await soon("the first word comes", () => came !== "");
        const left_at = performance.now();
        line[how]();
        await soon("the host's connection is closed", () => connection?.closed === true);
        delays.push((connection?.closed_at ?? Number.NaN) - left_at);
      }
      const [p50, p99] = [quantile(delays, 0.5), quantile(delays, 0.99)];
      console.log(
        `a ${client} client leaves: its host sees it after ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99)`,
      );
      expect(p50).toBeLessThan(MOST_MS);
    },
    30_000,
  );
});

/** Looked at often: what is measured is short. */
async function soon(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !holds(); await Bun.sleep(1))
    if (performance.now() > end) throw new Error(`never: ${what}`);
}
