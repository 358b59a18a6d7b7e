/** The real Codex as editors run it: `codex app-server`, with JSON lines over its standard input and output. */
import { pathOf } from "./needs.ts";
import { PATIENCE_MS } from "./patience.ts";
import type { Json } from "./response-rules.ts";

export class CodexServer implements AsyncDisposable {
  /** What it told without being asked. */
  readonly notes: { method: string; params: Json }[] = [];
  private readonly child: Bun.Subprocess<"pipe", "pipe", "ignore">;
  private readonly waiting = new Map<number, (answer: Json) => void>();
  private asked = 0;

  /** `home` is its own and holds its config. */
  constructor(home: string, dir: string) {
    this.child = Bun.spawn([pathOf("codex"), "app-server"], {
      cwd: dir,
      env: { PATH: process.env["PATH"] ?? "", HOME: home, CODEX_HOME: home, SHIM_KEY: "unused" },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    });
    void this.read();
  }

  /** Throws what it answers as an error. */
  async call(method: string, params: Json): Promise<Json> {
    const id = ++this.asked;
    const answered = Promise.withResolvers<Json>();
    this.waiting.set(id, answered.resolve);
    this.write({ id, method, params });
    const late = setTimeout(() => answered.resolve({ error: `no answer to ${method}` }), PATIENCE_MS);
    const { result, error } = await answered.promise;
    clearTimeout(late);
    if (error !== undefined) throw new Error(JSON.stringify(error));
    return result as Json;
  }

  write(message: Json): void {
    void this.child.stdin.write(`${JSON.stringify(message)}\n`);
    void this.child.stdin.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }

  private async read(): Promise<void> {
    const utf8 = new TextDecoder();
    let text = "";
    for await (const bytes of this.child.stdout) {
      text += utf8.decode(bytes, { stream: true });
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.take(JSON.parse(line) as Json);
    }
  }

  private take(message: Json): void {
    const { id, method, params } = message;
    const answer = typeof id === "number" && method === undefined ? this.waiting.get(id) : undefined;
    if (answer) answer(message);
    else this.notes.push({ method: String(method), params: (params ?? {}) as Json });
  }
}
