/** Bodies and objects of conversations, as far as they need no store. */
import * as z from "zod";
import { missing, parseAt } from "../../../core/parse.ts";
import { refuseMetadata } from "../client/refusals.ts";
import { memberText, textsOf } from "./stored-items.ts";

const MOST_ITEMS = 20;

const Metadata = z.record(z.string(), z.string());
const Items = z
  .array(z.looseObject({ type: z.string().nullish(), role: z.string().nullish(), id: z.string().nullish() }))
  .max(MOST_ITEMS);

const BODIES = {
  create: z.looseObject({ metadata: Metadata.nullish(), items: Items.nullish() }),
  update: z.looseObject({ metadata: Metadata.nullish(), items: z.unknown().optional() }),
  items: z.looseObject({ metadata: Metadata.nullish().catch(undefined), items: Items }),
};

interface ConversationBody {
  /** JSON text; undefined where it is not told. */
  metadata: string | undefined;
  items: string[];
}

export function readConversation(json: unknown, text: string, kind: keyof typeof BODIES): ConversationBody {
  const { items: given, metadata } = parseAt(BODIES[kind], json, "");
  const items = Array.isArray(given) && kind !== "update" ? textsOf(memberText(text, "items") ?? "[]") : [];
  if (kind === "update" && metadata === undefined) throw missing("metadata");
  if (metadata) refuseMetadata(metadata);
  return { metadata: metadata ? JSON.stringify(metadata) : undefined, items };
}

export function conversationText(id: string, created_at: number, metadata: string): string {
  return `{"id":${JSON.stringify(id)},"object":"conversation","created_at":${created_at},"metadata":${metadata}}`;
}
