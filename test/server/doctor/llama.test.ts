/** Doctor and a real server, whose tiny model can do next to nothing: doctor must say so, and must not be led astray. */
import { expect, test } from "bun:test";
import { Llama } from "../../support/llama.ts";
import { describeWith } from "../../support/needs.ts";
import { visit } from "./patient.ts";

describeWith("llama-server", "tiny model")("a real llama-server", () => {
  test("a window of 4,096 tokens: told without asking, and refused when asked", async () => {
    await using llama = await Llama.start("-c", "4096", "-np", "1");
    const { report } = await visit(llama.url, { preset: "llama-server" });
    const about = (what: string): string[] =>
      report.findings.filter((each) => each.what.startsWith(what)).map(({ verdict, found }) => `${verdict}: ${found}`);
    expect(about("reachable")[0]).toStartWith("ok");
    expect(about("window of")[0]).toMatch(/^warning: .* has a window of 4,096 tokens \(llama-server \/props\)/);
    expect(about("stream")[0]).toMatch(/^ok: in \d+ pieces/);
    expect(about("token counts")[0]).toStartWith("ok");
    expect(about("long prompt")).toEqual(["ok: too long for the window of 4096, and refused with a clear error"]);
    expect(report.profiles[0]).toMatchObject({ answers: true, streams: true });
  });
});
