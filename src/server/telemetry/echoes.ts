/** Upstreams repeat parts of a prompt when they refuse it. The client may read them; the log must not. */
import { greatest } from "../../core/bisect.ts";

/** A run of so many characters that also stands in the request is no coincidence, nor the name of a field or a model. */
const RUN = 48;
/** Windows are searched at every such step: a run holds one of them whole. */
const WINDOW = RUN / 2;
/** Nobody reads more, and each window is searched for in the whole request. */
const LONGEST = 2000;

/** Whether it is long enough: most outcomes are a word, and the text of a long request has to be read for this. */
export function mayEcho(message: string): boolean {
  return message.length >= WINDOW;
}

export function withoutEchoes(whole: string, request: string): string {
  const message = whole.slice(0, LONGEST);
  const stands = (start: number, end: number): boolean => request.includes(message.slice(start, end));
  let out = "";
  let copied = 0;
  for (let at = 0; at + WINDOW <= message.length;) {
    if (!stands(at, at + WINDOW)) {
      at += WINDOW;
      continue;
    }
    const start = greatest(at - copied, (back) => stands(at - back, at + WINDOW));
    const end = at + WINDOW + greatest(message.length - at - WINDOW, (on) => stands(at - start, at + WINDOW + on));
    if (end - (at - start) >= RUN) {
      out += `${message.slice(copied, at - start)}[…]`;
      copied = end;
    }
    at = Math.max(end, at + WINDOW);
  }
  return out + message.slice(copied);
}
