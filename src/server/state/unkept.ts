/** Marks a forwarded reply that could not be stored: its bytes stay, except for what would say that it was. */
import { randomBytes } from "node:crypto";
import { SseDecoder } from "../../core/sse.ts";
import { memberText, withMembers } from "../../wires/index.ts";

const FRAME_END = /\r\n\r\n|\n\n|\r\r/g;
const COMMENT = ": not stored: this answer cannot be retrieved or continued\n\n";

export interface UnkeptMarker {
  /** The text of a `response` object. */
  body(text: string): Uint8Array;
  /** Whole frames of a stream. */
  frames(bytes: Uint8Array): Uint8Array;
}

/** `collided`: its id names another response, so that it gets a new one. */
export function unkeptMarker(collided: boolean): UnkeptMarker {
  const id = collided && { id: JSON.stringify(`resp_${randomBytes(16).toString("hex")}`) };
  const edited = (response: string): string => withMembers(response, { store: "false", ...id });
  const utf8 = new TextEncoder();
  let comment = COMMENT;
  const frameOf = (frame: string, blank: string): string => {
    const data = dataOf(frame);
    const response = data === undefined ? undefined : memberText(data, "response");
    if (data === undefined || response === undefined || !response.startsWith("{")) return frame + blank;
    const fields = frame.split(/\r\n|\n|\r/).filter((line) => line !== "" && !/^data(?::|$)/.test(line));
    const lines = [...fields, `data: ${withMembers(data, { response: edited(response) })}`];
    const marked = `${comment}${lines.join("\n")}\n\n`;
    comment = "";
    return marked;
  };
  return {
    body: (text) => {
      const at = text.indexOf("{");
      return utf8.encode(text.slice(0, at) + edited(text.slice(at)));
    },
    frames: (bytes) => {
      const text = new TextDecoder().decode(bytes);
      let out = "";
      let from = 0;
      for (const { index, 0: blank } of text.matchAll(FRAME_END)) {
        out += frameOf(text.slice(from, index), blank);
        from = index + blank.length;
      }
      return utf8.encode(from < text.length ? out + frameOf(text.slice(from), "") : out);
    },
  };
}

function dataOf(frame: string): string | undefined {
  let found: string | undefined;
  const sse = new SseDecoder();
  sse.push(new TextEncoder().encode(`${frame}\n\n`), (data) => void (found = data));
  return found?.startsWith("{") ? found : undefined;
}
