/**
 * What no turn can hold, so that to leave it out would answer another question. Found by a look at the raw body: a host
 * that speaks this wire may know it, and then the request is handed on as it is.
 */
import { ShimError } from "../../../core/errors.ts";
import { isJsonObject } from "../../../core/json-fields.ts";

export function refuseUnsupported(json: unknown): void {
  const found = unsupportedIn(json);
  if (found) throw new ShimError("unsupported", found.words, { param: found.param });
}

type Unsupported = { param: string; words: string };

/** Kinds of content without a place in a turn. */
const MEDIA: Record<string, string> = { input_audio: "audio", audio_url: "audio", video_url: "video" };

export function unsupportedIn(json: unknown): Unsupported | undefined {
  if (!isJsonObject(json)) return undefined;
  const { n, modalities, messages } = json;
  if (typeof n === "number" && n > 1)
    return { param: "n", words: "`n` above 1 cannot be translated for this upstream; ask once for each answer" };
  if (Array.isArray(modalities) && modalities.includes("audio"))
    return { param: "modalities", words: "this upstream answers in text only; leave `audio` out of `modalities`" };
  for (const [i, message] of Array.isArray(messages) ? messages.entries() : []) {
    const content: unknown = isJsonObject(message) ? message.content : undefined;
    for (const [k, part] of Array.isArray(content) ? content.entries() : []) {
      const found = isJsonObject(part) ? unsupportedPart(part, `messages[${i}].content[${k}]`) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

function unsupportedPart({ type, file }: { [key: string]: unknown }, at: string): Unsupported | undefined {
  const medium = typeof type === "string" && Object.hasOwn(MEDIA, type) ? MEDIA[type] : undefined;
  if (medium !== undefined)
    return { param: at, words: `\`${at}\` is ${medium}, which cannot be translated for this upstream; send text` };
  if (isJsonObject(file) && typeof file.file_id === "string" && !file.file_data) {
    const words = `\`${at}.file.file_id\` names a file stored at OpenAI, which this upstream cannot reach; send its content as \`file_data\``;
    return { param: `${at}.file.file_id`, words };
  }
  return undefined;
}
