/** A failure as a message: what an HTTP answer would say by its status, its head and its body. */
import type { HttpError } from "../../wires/wire.ts";

export function failureMessage({ status, headers, body }: HttpError, lane: string | undefined): string {
  const error = (body as { error?: Record<string, unknown> } | null)?.error ?? {};
  const { code = null, message = "", param = null } = error;
  return JSON.stringify({
    type: "error",
    status,
    // Nested is how it is sent over WebSocket, flat how OpenAI's types have it: both at once suit every reader.
    error,
    code,
    message,
    param,
    sequence_number: 0,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(lane !== undefined && { stream_id: lane }),
  });
}

/** What an answer's head tells besides how its body is to be read. */
const TOLD = /^(?:x-(?!accel-).*|retry-after|retry-after-ms|openai-(?!model$).*)$/;

export function toldHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => TOLD.test(name)));
}

/** An answer that is no stream of events. */
export async function refusedAnswer(reply: Response): Promise<HttpError> {
  const text = await reply.text();
  const headers = toldHeaders(reply.headers);
  const status = reply.ok ? 502 : reply.status;
  const said = errorIn(text);
  const message = said === undefined ? `the upstream returned ${reply.status}: ${text.slice(0, 300)}` : undefined;
  return {
    status,
    headers,
    body: { error: said ?? { type: "server_error", code: "server_error", message, param: null } },
  };
}

function errorIn(text: string): object | undefined {
  try {
    const { error } = (JSON.parse(text) ?? {}) as { error?: unknown };
    return typeof error === "object" && error !== null ? error : undefined;
  } catch {
    return undefined;
  }
}
