/** What is kept of a response that failed holds no secret of the host's either. */
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WireName } from "../../../src/core/provider.ts";
import { openStore } from "../../../src/server/store/open.ts";
import { State } from "../../../src/server/state/state.ts";
import { leakyHost, pieces, WAYS } from "../../support/leaky-host.ts";
import { FORMS, givesAway } from "../../support/secret-forms.ts";
import { foundAt, serving } from "../serving.ts";

const KEY = "7f3ab2c9d41e/Zx";
const RESPONSE = '{"id":"resp_1","status":"STATUS","output":[],"error":ERROR}';
const begun = `event: response.created\ndata: {"type":"response.created","response":${RESPONSE.replace("STATUS", "in_progress").replace("ERROR", "null")}}\n\n`;
const failing = (words: string): string =>
  RESPONSE.replace("STATUS", "failed").replace("ERROR", `{"code":"server_error","message":"no: ${words}"}`);

test.each<[WireName, boolean, boolean]>([
  ["responses", true, false],
  ["responses", false, false],
  ["responses", true, true],
  ["responses", false, true],
  ["chat", true, false],
  ["chat", false, false],
])(
  "by a host of %s (streamed: %p, kept there: %p)",
  async (wire, stream, keeps_responses) => {
    for (const [form, spoken] of Object.entries(FORMS)) {
      if (form.includes("\\x")) continue;
      const folder = mkdtempSync(join(tmpdir(), "juscode-stored-"));
      const place = { kind: "sqlite" as const, file: join(folder, "responses.sqlite") };
      const state = new State(
        await openStore({ enabled: true, place, max_age_days: 30, max_mb: 100, warn: () => {} }),
        "replica",
      );
      const words = spoken(KEY);
      await using host = leakyHost(({ path }) => {
        if (path.endsWith("/resp_1"))
          return new Response(failing(words), { headers: { "content-type": "application/json" } });
        if (wire === "chat")
          return stream
            ? new Response(WAYS.chat.begin + WAYS.chat.failed(words)[0], {
                headers: { "content-type": "text/event-stream" },
              })
            : new Response(`{"error":{"message":"${words}"}}`, { headers: { "content-type": "application/json" } });
        const last = `event: response.failed\ndata: {"type":"response.failed","response":${failing(words)}}\n\n`;
        return stream
          ? new Response(pieces(begun + last, 40), { headers: { "content-type": "text/event-stream" } })
          : new Response(failing(words), { headers: { "content-type": "application/json" } });
      });
      const found = foundAt(host.url, ["m"], "up", { wires: [wire], api_key: KEY, dialect: { keeps_responses } });
      await using on = await serving(async () => [found], { state });
      const answer = await fetch(`${on.url}/responses`, {
        method: "POST",
        body: JSON.stringify({ model: "m", input: "hi", stream, store: true }),
      });
      const text = await answer.text();
      const id = /"id":"(resp_[^"]+)"/.exec(text)?.[1] ?? "none";
      const kept = await (await fetch(`${on.url}/responses/${id}`)).text();
      if (wire === "responses") expect([form, kept.includes("[secret]")]).toEqual([form, true]);
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
      for (const all of [text, kept, on.lines.join("\n"), ...files])
        expect([form, givesAway(all, KEY)]).toEqual([form, false]);
      await state.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
