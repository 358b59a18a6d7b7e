/** The `response` object of what ended without an answer, made of the one that was stored when it began. */
import { withMembers } from "../../wires/index.ts";

export function failedResponse(before: string, message: string): string {
  const error = JSON.stringify({ code: "server_error", message });
  return withMembers(before, { status: '"failed"', error });
}

export function cancelledResponse(before: string): string {
  return withMembers(before, { status: '"cancelled"' });
}

const LAST_EVENTS: Readonly<Record<string, string>> = {
  completed: "response.completed",
  incomplete: "response.incomplete",
};

/** The last event of what has ended. The API has none for what was cancelled: it failed, and its status tells why. */
export function lastEvent(response: string, sequence_number: number): string {
  const { status } = JSON.parse(response) as { status?: string };
  const type = LAST_EVENTS[status ?? ""] ?? "response.failed";
  return `{"type":"${type}","response":${response},"sequence_number":${sequence_number}}`;
}

export function isLastEvent(data: string): boolean {
  return ENDS.some((begin) => data.startsWith(begin));
}

const ENDS = ["completed", "incomplete", "failed"].map((end) => `{"type":"response.${end}"`);

/** As it goes over the wire. */
export function frameOf(data: string): string {
  const from = data.indexOf(":") + 2;
  return `event: ${data.slice(from, data.indexOf('"', from))}\ndata: ${data}\n\n`;
}
