/** Reads the frames of a streamed answer, and checks their form. */
import { isObject, isText, type Json, type Report } from "./response-rules.ts";

export interface StreamEvent extends Json {
  type: string;
}

/** The events of a stream; frames that are none are reported and left out. */
export function readEvents(sse: string, report: Report = () => {}): StreamEvent[] {
  const frames = sse.split("\n\n");
  if (frames.pop() !== "") report("framing", "the last frame", "has no blank line after it");
  const events: StreamEvent[] = [];
  let doneAt: number | undefined;
  for (const [i, frame] of frames.entries()) {
    const at = `frame ${i}`;
    if (doneAt !== undefined) report("done", at, `follows [DONE]: ${frame.slice(0, 80)}`);
    const event = readFrame(frame, at, report);
    if (event === "done") doneAt = i;
    else if (event) events.push(event);
  }
  if (doneAt === undefined) report("done", "the end", "there is no [DONE]");
  return events;
}

function readFrame(frame: string, at: string, report: Report): StreamEvent | "done" | undefined {
  const lines = frame.split("\n").filter((line) => !line.startsWith(":"));
  if (lines.length === 0) return undefined;
  if (lines.length === 1 && lines[0] === "data: [DONE]") return "done";
  const [name, data] = lines;
  if (lines.length !== 2 || !name?.startsWith("event: ") || !data?.startsWith("data: ")) {
    report("framing", at, JSON.stringify(frame.slice(0, 120)));
    return undefined;
  }
  let event: unknown;
  try {
    event = JSON.parse(data.slice(6));
  } catch {
    report("json", at, data.slice(0, 120));
    return undefined;
  }
  if (!isObject(event) || !isText(event["type"])) {
    report("json", at, data.slice(0, 120));
    return undefined;
  }
  if (name !== `event: ${event["type"]}`) report("event-name", at, `${name} carries ${event["type"]}`);
  return event as StreamEvent;
}
