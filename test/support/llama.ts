/** Runs a real llama-server with the tiny model, whose answers are the same every time. */
import { pathOf } from "./needs.ts";
import { PATIENCE_MS, until } from "./patience.ts";
import { freePort } from "./shim.ts";

export class Llama implements AsyncDisposable {
  readonly url: string;
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Everything it has logged. */
  log = "";

  private constructor(port: number, more: readonly string[]) {
    this.url = `http://127.0.0.1:${port}/v1`;
    // One thread: two on a busy machine of two cores wait for each other at every token.
    const args = [
      "-m",
      pathOf("tiny model"),
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--no-ui",
      "-t",
      "1",
      ...(more.includes("-c") ? [] : ["-c", "65536"]),
      ...more,
    ];
    this.process = Bun.spawn([pathOf("llama-server"), ...args], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    for (const stream of [this.process.stdout, this.process.stderr]) void this.read(stream);
  }

  /** `more` are further arguments of llama-server. */
  static async start(...more: string[]): Promise<Llama> {
    const port = await freePort();
    const llama = new Llama(port, more);
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end && llama.process.exitCode === null) {
      const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
      if (answer?.ok) return llama;
      await Bun.sleep(20);
    }
    llama.process.kill("SIGKILL");
    throw new Error(`llama-server did not start:\n${llama.log}`);
  }

  /** Waits until the log holds this text after the given place. */
  logged(text: string, from: number): Promise<void> {
    return until(`llama-server logs "${text}"`, () => this.log.includes(text, from));
  }

  /** Ends at once, as when the machine runs out of memory. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  private async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const utf8 = new TextDecoder();
    for await (const bytes of stream) this.log += utf8.decode(bytes, { stream: true });
  }
}
