/**
 * Compaction over an upstream that knows none: the model itself sums the thread up, and the summary travels in
 * the `encrypted_content` of a `compaction` item. Asked for by a `compaction_trigger` item at the end of the
 * input (Codex 0.169 with a provider named "OpenAI") or by the endpoint of that name.
 */
import { ShimError } from "../../../core/errors.ts";
import { objectOf } from "../../../core/json.ts";
import type { ItemHead, ReplyEnd } from "../../../core/reply.ts";
import type { MessageItem, Turn } from "../../../core/turn.ts";
import { ResponsesEncoder } from "./encode.ts";

/** Begins what our compaction items hold. */
export const COMPACTION_TAG = "juscode1c:";

const ASK = `The conversation above grows too long and will be replaced by your summary. Write that summary now, as plain text and without calling any tool, for another model that goes on with the work and sees nothing else. Tell: what the user wants, in their own words where it matters; what was done and decided, with the names of files, commands and functions; what was found out, with exact values; what failed and why; what is still to do, and the very next step.`;

/** What a compaction item of ours holds, as the message that the next model reads; undefined for another's. */
export function unsealCompaction(sealed: string): MessageItem | undefined {
  return sealed.startsWith(COMPACTION_TAG) ? userMessage(summaryText(sealed)) : undefined;
}

/** The summary of an item of ours, marked as what it is. */
export function summaryText(sealed: string): string {
  const summary = sealed.slice(COMPACTION_TAG.length);
  return `<summary_of_earlier_conversation>\n${summary}\n</summary_of_earlier_conversation>`;
}

/** The turn that asks for a summary. Its tools stay, so that it shares the prefix that the upstream has cached. */
export function asCompaction(turn: Turn): Turn {
  const { format: _, parallel_tool_calls: __, ...settings } = turn.settings;
  return {
    ...turn,
    items: [...turn.items, userMessage(ASK)],
    settings: { ...settings, ...(turn.tools.length > 0 && { tool_choice: "none" as const }) },
  };
}

function userMessage(text: string): MessageItem {
  return { type: "message", role: "user", parts: [{ type: "text", text }] };
}

/** Answers with exactly one `compaction` item, made of what the model wrote. */
export class CompactionEncoder extends ResponsesEncoder {
  private summary = "";
  private in_text = false;

  protected override begin(head: ItemHead): void {
    this.in_text = head.kind === "text";
  }

  protected override delta(delta: string): void {
    if (this.in_text) this.summary += delta;
  }

  protected override finish(): void {}

  protected override end(end: ReplyEnd): void {
    const summary = this.summary.trim();
    const cut = end.reason === "length" || end.reason === "content_filter";
    if (summary === "" || cut) {
      const why = summary === "" ? "wrote no summary" : "was cut off within its summary";
      return this.fail(new ShimError("upstream_failed", `compaction failed: the model ${why}`));
    }
    this.writeWhole("cmp", { type: "compaction", encrypted_content: COMPACTION_TAG + summary });
    super.end({ ...end, reason: "stop" });
  }
}

/** The response of `POST /v1/responses/compact`. */
export class CompactionObjectEncoder extends CompactionEncoder {
  override body(): unknown {
    const { id, created_at, output, usage } = objectOf(super.body());
    return { id, object: "response.compaction", created_at, output, usage };
  }
}
