/** The `response` object of what ended without a reply, made of the one that was stored when it began. */
import { memberText, withMembers } from "../../wires/index.ts";

export function failedResponse(before: string, message: string): string {
  const error = JSON.stringify({ code: "server_error", message });
  return withMembers(before, { status: '"failed"', error });
}

export const cancelledResponse = (before: string): string => withMembers(before, { status: '"cancelled"' });

/** The last event of an ended response. The API has none for a cancelled one: it failed, and its status says why. */
export function lastEvent(response: string, sequence_number: number): string {
  const status = memberText(response, "status") ?? "";
  const end = /^"(?:completed|incomplete)"$/.test(status) ? status.slice(1, -1) : "failed";
  return `{"type":"response.${end}","response":${response},"sequence_number":${sequence_number}}`;
}

const ENDS = ["completed", "incomplete", "failed"].map((end) => `{"type":"response.${end}"`);

export const isLastEvent = (data: string): boolean => ENDS.some((begin) => data.startsWith(begin));

/** As it goes over the wire. */
export function frameOf(data: string): string {
  const from = data.indexOf(":") + 2;
  return `event: ${data.slice(from, data.indexOf('"', from))}\ndata: ${data}\n\n`;
}
