/** Bodies and objects of conversations, as far as they need no store. */
import * as z from "zod";
import { ShimError } from "../../core/errors.ts";
import { parseAt } from "../../core/parse.ts";
import { memberText, textsOf } from "./stored-items.ts";

const MOST_ITEMS = 20;

const Metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, { error: "at most 16 pairs" });
const Items = z.array(
  z.looseObject({ type: z.string().nullish(), role: z.string().nullish(), id: z.string().nullish() }),
);

const Create = z.looseObject({ metadata: Metadata.nullish(), items: Items.nullish() });
const Update = z.looseObject({ metadata: Metadata.nullish() });
const AddItems = z.looseObject({ items: Items });

export interface ConversationBody {
  /** JSON text; undefined where it is not told. */
  metadata: string | undefined;
  items: string[];
}

export function readConversation(json: unknown, text: string, kind: "create" | "update" | "items"): ConversationBody {
  const body = parseAt({ create: Create, update: Update, items: AddItems }[kind], json, "");
  const given: Record<string, unknown> = body;
  const items = Array.isArray(given["items"]) && kind !== "update" ? textsOf(memberText(text, "items") ?? "[]") : [];
  if (items.length > MOST_ITEMS)
    throw new ShimError(
      "invalid_request",
      `\`items\` may hold ${MOST_ITEMS} items at a time, and holds ${items.length}`,
      {
        param: "items",
      },
    );
  const { metadata } = given;
  if (kind === "update" && metadata === undefined)
    throw new ShimError("invalid_request", "`metadata` is missing", { param: "metadata" });
  return { metadata: metadata === undefined || metadata === null ? undefined : JSON.stringify(metadata), items };
}

export function conversationText(id: string, created_at: number, metadata: string): string {
  return `{"id":${JSON.stringify(id)},"object":"conversation","created_at":${created_at},"metadata":${metadata}}`;
}
