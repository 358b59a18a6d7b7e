/** The compiled executable over https, and a certificate that is renewed while it runs. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTls } from "../../../src/server/access/tls.ts";
import { after, ChatUpstream, reply, say } from "../../support/chat-upstream.ts";
import { describeWith, pathOf } from "../../support/needs.ts";
import { ResponsesSocket, textOf } from "../../support/responses-socket.ts";
import { until } from "../serving.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/tls");
const describe = describeWith("shim");

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "juscode-tls-"))));
afterAll(() => rmSync(dir, { recursive: true }));

const inDir = (name: string): string => join(dir, name);
const hasOpenssl = Bun.which("openssl") !== null;

/** Another certificate, for the same name. */
function makeCertificate(cert: string, key: string): void {
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const made = Bun.spawnSync(["openssl", ...args, "-subj", "/CN=localhost", "-keyout", key, "-out", cert]);
  if (!made.success) throw new Error(made.stderr.toString());
}

/** Of the certificate that is shown. */
function fingerprint(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

describe("https", () => {
  test.skipIf(!hasOpenssl)(
    "is served by the files of the config; new ones count for new connections, and running answers end",
    async () => {
      const renewed = Promise.withResolvers<void>();
      await using upstream = new ChatUpstream([
        reply(say("By socket.")),
        reply(say("One "), after(renewed.promise), say("to its end.")),
        reply(say("Hi.")),
      ]);
      copyFileSync(join(FIXTURES, "cert.pem"), inDir("cert.pem"));
      copyFileSync(join(FIXTURES, "key.pem"), inDir("key.pem"));
      const file = inDir("c.toml");
      writeFileSync(
        file,
        `[server]\ncert_file = "cert.pem"\nkey_file = "key.pem"\n[model_providers.up]\nbase_url = "${upstream.url}"\nwire_api = "chat"\n`,
      );
      const child = Bun.spawn([pathOf("shim"), "--config", file, "--listen", "127.0.0.1:0"], {
        env: { HOME: dir },
        stdout: "pipe",
        stderr: "pipe",
      });
      let warnings = "";
      void (async () => {
        for await (const bytes of child.stderr) warnings += new TextDecoder().decode(bytes);
      })();
      try {
        let text = "";
        const reader = child.stdout.getReader();
        while (!/listens on https:\S+:(\d+)/.test(text)) text += new TextDecoder().decode((await reader.read()).value);
        const port = Number(/listens on https:\S+:(\d+)/.exec(text)?.[1]);
        const url = `https://127.0.0.1:${port}/v1/responses`;
        const init = {
          method: "POST",
          body: JSON.stringify({ model: "scripted", input: "hi", stream: true }),
          tls: { rejectUnauthorized: false },
        };
        const socket = await ResponsesSocket.open(`https://127.0.0.1:${port}/v1`);
        expect(textOf(await socket.ask({ input: "hi" }))).toBe("By socket.");
        const before = await fingerprint(port);
        const running = fetch(url, init).then((answer) => answer.text());
        await until("it is asked", () => upstream.requests.length === 2);
        makeCertificate(inDir("cert.pem"), inDir("key.pem"));
        await until("the new one is shown", async () => (await fingerprint(port).catch(() => before)) !== before);
        renewed.resolve();
        // Whoever stays connected would never see it.
        expect(await socket.end()).toMatchObject({ code: 1001 });
        expect(await running).toContain("to its end.");
        // One that does not belong to its key changes nothing.
        const after = await fingerprint(port);
        copyFileSync(join(FIXTURES, "cert.pem"), inDir("cert.pem"));
        await until("it is refused", () => warnings.includes("the certificate as it was before stays in use"));
        expect(await fingerprint(port)).toBe(after);
        expect(await (await fetch(url, { ...init, keepalive: false })).text()).toContain("Hi.");
        const plain = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
        expect(plain?.ok ?? false).toBe(false);
      } finally {
        child.kill();
        await child.exited;
      }
    },
  );

  test("files that do not belong together are told of, without a word of the key", () => {
    const cert = join(FIXTURES, "cert.pem");
    const key = join(FIXTURES, "key.pem");
    writeFileSync(inDir("none.pem"), "planted");
    expect(readTls({ cert_file: cert, key_file: key }).cert).toContain("CERTIFICATE");
    for (const [cert_file, key_file, told] of [
      [key, key, "is no certificate"],
      [cert, cert, "is no private key"],
      [cert, inDir("none.pem"), "is no private key"],
      [inDir("none.pem"), key, "is no certificate"],
      [inDir("missing.pem"), key, "cannot be read (ENOENT)"],
    ] as const) {
      const error = (() => {
        try {
          readTls({ cert_file, key_file });
          return "";
        } catch (thrown) {
          return (thrown as Error).message;
        }
      })();
      expect(error).toContain(told);
      expect(error).not.toContain("planted");
    }
    const half = inDir("half.toml");
    writeFileSync(half, '[server]\ncert_file = "cert.pem"\n');
    const { exitCode, stderr } = Bun.spawnSync([pathOf("shim"), "check", "--config", half], { env: { HOME: dir } });
    expect([exitCode, stderr.toString()]).toEqual([1, expect.stringContaining("needs `key_file` beside it")]);
  });
});
