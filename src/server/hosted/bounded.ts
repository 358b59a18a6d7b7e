/** Answers of services that models reach: none may fill the memory. */
import { ShimError } from "../../core/errors.ts";

/** The whole text of an answer. One that is longer is given up. */
export async function readBounded(reply: Response, most_bytes: number, speaker: string): Promise<string> {
  const reader = reply.body?.getReader();
  const utf8 = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done) return text + utf8.decode();
    bytes += value.length;
    if (bytes > most_bytes) {
      void reader?.cancel().catch(() => {});
      throw new ShimError("upstream_protocol", `${speaker} answers with more than ${most_bytes / 1024 / 1024} MB`);
    }
    text += utf8.decode(value, { stream: true });
  }
}
