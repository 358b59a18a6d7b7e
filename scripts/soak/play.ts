/** How a host answers one turn: each fault as bytes. */
import type { Host } from "../../test/support/ways/hosts.ts";
import type { Turn } from "./turn.ts";

/** A connection as the host sees it. */
export interface Stage {
  readonly closed: boolean;
  /** Resolves when it has gone out. */
  write(bytes: Buffer | string): Promise<void>;
  end(): void;
  reset(): void;
}

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const LAST = "0\r\n\r\n";
const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);

/** Some errors as hosts tell them. */
const REFUSALS = [500, 502, 503, 400, 401] as const;

export async function play(stage: Stage, turn: Turn, host: Host, stream: boolean): Promise<void> {
  switch (turn.fault) {
    case "refused":
      return whole(
        stage,
        REFUSALS[Math.floor(turn.at * REFUSALS.length)] ?? 500,
        host.error("the scripted host is ill"),
      );
    case "storm":
      return whole(stage, 429, host.error("too many requests"), "retry-after: 1\r\n");
    case "web page":
      return page(stage, turn.at < 0.5 ? 200 : 502);
    case "silent":
      return undefined;
    case "closed before the head":
      return turn.at < 0.5 ? stage.end() : stage.reset();
    default:
  }
  if (!stream || turn.fault === "whole") return body(stage, turn, host);
  return streamed(stage, turn, framesOf(turn, host));
}

function framesOf(turn: Turn, host: Host): string[] {
  const frames = host.frames(turn.said);
  const middle = Math.floor(turn.at * (frames.length - 2)) + 1;
  switch (turn.fault) {
    case "noisy":
      return [": begin\n\n", ...frames.flatMap((frame) => [frame.replaceAll("\n", "\r\n"), ": ping\r\n\r\n"])];
    case "miscounted":
      return frames.map((frame) =>
        frame.replaceAll(/"(input|output|prompt|completion)_tokens":\d+/g, miscount(turn.at)),
      );
    case "lingering":
      return [...frames, ": still here\n\n"];
    case "hanging":
    case "ended early":
      return frames.slice(0, middle);
    case "error within":
      return [...frames.slice(0, middle), host.errorFrame("the scripted host broke")];
    case "not json":
      return [...frames.slice(0, middle), 'data: {"choices":[{"del\n\n', ...frames.slice(middle)];
    default:
      return frames;
  }
}

const miscount = (at: number): string =>
  at < 0.3 ? '"$1_tokens":-5' : at < 0.6 ? '"$1_tokens":"many"' : '"$1_tokens":1e300';

async function streamed(stage: Stage, turn: Turn, frames: readonly string[]): Promise<void> {
  const bytes = Buffer.from(frames.join(""));
  await stage.write(HEAD);
  switch (turn.fault) {
    case "finished":
    case "reset": {
      const cut = chunk(bytes).subarray(0, Math.floor(turn.at * bytes.length));
      await stage.write(cut);
      // What was written goes out first.
      if (turn.at < 0.7) await Bun.sleep(5);
      return turn.fault === "reset" ? stage.reset() : stage.end();
    }
    case "burst":
    case "huge":
      await stage.write(chunk(bytes));
      break;
    case "bytes":
      for (let at = 0; at < bytes.length && !stage.closed;) {
        const size = 1 + Math.floor(turn.dice.next() * 200);
        await stage.write(chunk(bytes.subarray(at, at + size)));
        at += size;
        if (turn.dice.chance(0.2)) await Bun.sleep(0);
      }
      break;
    default: {
      const pause_ms = turn.fault === "slow" ? 2 + turn.at * 10 : 0;
      for (const frame of frames) {
        if (stage.closed) return;
        await stage.write(chunk(Buffer.from(frame)));
        if (pause_ms > 0 || turn.dice.chance(0.02)) await Bun.sleep(pause_ms);
      }
    }
  }
  if (turn.fault !== "hanging" && turn.fault !== "lingering") await stage.write(LAST);
}

/** An answer in one piece, with what faults there may be in it. */
async function body(stage: Stage, turn: Turn, host: Host): Promise<void> {
  const text = JSON.stringify(host.body(turn.said));
  switch (turn.fault) {
    case "hanging":
    case "finished":
    case "reset": {
      const size = Buffer.byteLength(text);
      await stage.write(head(200, size, "application/json") + text.slice(0, Math.floor(turn.at * text.length)));
      if (turn.fault === "hanging") return;
      await Bun.sleep(2);
      return turn.fault === "reset" ? stage.reset() : stage.end();
    }
    case "ended early":
      return stage.write(head(200, Buffer.byteLength(text.slice(0, -20)), "application/json") + text.slice(0, -20));
    case "not json":
      return stage.write(head(200, 8, "application/json") + '{"choic ');
    case "error within":
      return whole(stage, 200, host.error("the scripted host broke"));
    case "slow":
      await Bun.sleep(20 + turn.at * 200);
      break;
    default:
  }
  const told = turn.fault === "miscounted" ? text.replaceAll(/_tokens":\d+/g, '_tokens":-7') : text;
  return stage.write(head(200, Buffer.byteLength(told), "application/json") + told);
}

const head = (status: number, size: number, type: string, more = ""): string =>
  `HTTP/1.1 ${status} X\r\ncontent-type: ${type}\r\n${more}content-length: ${size}\r\n\r\n`;

function whole(stage: Stage, status: number, json: object, more = ""): Promise<void> {
  const text = JSON.stringify(json);
  return stage.write(head(status, Buffer.byteLength(text), "application/json", more) + text);
}

function page(stage: Stage, status: number): Promise<void> {
  const html = "<html><body>Bad gateway</body></html>";
  return stage.write(head(status, html.length, "text/html") + html);
}
