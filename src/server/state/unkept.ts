/** Marks a forwarded reply that could not be stored: its bytes stay, except for what would say that it was. */
import { randomBytes } from "node:crypto";
import { SseDecoder } from "../../core/sse.ts";
import { memberText, withMembers } from "../../wires/index.ts";

const FRAME_END = /\r\n\r\n|\n\n|\r\r/g;
const COMMENT = ": not stored: this answer cannot be retrieved or continued\n\n";

export class Unkept {
  private readonly members: Readonly<Record<string, string>>;
  private commented = false;

  /** `collided`: its id names another response, so that it gets a new one. */
  constructor(collided: boolean) {
    this.members = {
      store: "false",
      ...(collided && { id: JSON.stringify(`resp_${randomBytes(16).toString("hex")}`) }),
    };
  }

  /** The text of a `response` object. */
  body(text: string): Uint8Array {
    const at = text.indexOf("{");
    return new TextEncoder().encode(text.slice(0, at) + this.edited(text.slice(at)));
  }

  /** Whole frames of a stream. */
  frames(bytes: Uint8Array): Uint8Array {
    const text = new TextDecoder().decode(bytes);
    let out = "";
    let from = 0;
    for (const { index, 0: blank } of text.matchAll(FRAME_END)) {
      out += this.frame(text.slice(from, index), blank);
      from = index + blank.length;
    }
    return new TextEncoder().encode(from < text.length ? out + this.frame(text.slice(from), "") : out);
  }

  private frame(frame: string, blank: string): string {
    const data = dataOf(frame);
    const response = data === undefined ? undefined : memberText(data, "response");
    if (data === undefined || response === undefined || !response.startsWith("{")) return frame + blank;
    const fields = frame.split(/\r\n|\n|\r/).filter((line) => line !== "" && !/^data(?::|$)/.test(line));
    const edited = withMembers(data, { response: this.edited(response) });
    const comment = this.commented ? "" : COMMENT;
    this.commented = true;
    return `${comment}${[...fields, `data: ${edited}`].join("\n")}\n\n`;
  }

  private edited(response: string): string {
    return withMembers(response, this.members);
  }
}

function dataOf(frame: string): string | undefined {
  let found: string | undefined;
  const sse = new SseDecoder();
  sse.push(new TextEncoder().encode(`${frame}\n\n`), (data) => void (found = data));
  return found?.startsWith("{") ? found : undefined;
}
