/** A failure as a message: what an HTTP response would say by its status, headers and body. */
import { parseObject } from "../../core/arguments.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import type { HttpError } from "../../wires/wire.ts";

export function failureMessage({ status, headers, body }: HttpError, lane: string | undefined): string {
  const error = (isJsonObject(body) ? body["error"] : undefined) ?? {};
  const { code = null, message = "", param = null } = isJsonObject(error) ? error : {};
  return JSON.stringify({
    type: "error",
    status,
    // WebSocket servers send it nested, OpenAI's types have it flat: both at once suit every reader.
    error,
    code,
    message,
    param,
    sequence_number: 0,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(lane !== undefined && { stream_id: lane }),
  });
}

/** Headers that say more than how the body is to be read. */
const SENT = /^(?:x-(?!accel-).*|retry-after|retry-after-ms|openai-(?!model$).*)$/;

export function sentHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => SENT.test(name)));
}

/** A reply that is not a stream of events. */
export async function refusedReply(reply: Response): Promise<HttpError> {
  const text = await reply.text();
  const message = `the upstream returned ${reply.status}: ${text.slice(0, 300)}`;
  const said = parseObject(text)?.["error"];
  const error = isJsonObject(said) ? said : { type: "server_error", code: "server_error", message, param: null };
  return { status: reply.ok ? 502 : reply.status, headers: sentHeaders(reply.headers), body: { error } };
}
