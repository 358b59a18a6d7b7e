/**
 * The conversation's own name. Claude Code 2.1.330 tells its session in `metadata.user_id`, as JSON within a string;
 * older ones wrote `user_…_session_…`. Its subagents share the session, but not the prompt: what tells them apart is
 * their system text.
 */
import { shortHash } from "../../../core/hash.ts";
import { objectOf } from "../../../core/json.ts";
import { BILLING } from "./lift-messages.ts";

/** Also for bodies that nobody has checked. */
export function threadOf(json: unknown): string | undefined {
  const { metadata, system } = objectOf(json);
  const session = sessionIn(objectOf(metadata).user_id);
  return session === undefined ? undefined : `${session}-${shortHash(textIn(system))}`;
}

function sessionIn(user: unknown): string | undefined {
  if (typeof user !== "string") return undefined;
  const found = /"session_id"\s*:\s*"([\w-]{8,64})"|_session_([\w-]{8,64})$/.exec(user);
  return found?.[1] ?? found?.[2];
}

function textIn(system: unknown): string {
  const blocks: readonly unknown[] = Array.isArray(system) ? system : [{ text: system }];
  const texts = blocks.map((block) => objectOf(block).text);
  return texts.filter((text) => typeof text === "string" && !text.startsWith(BILLING)).join("\0");
}
