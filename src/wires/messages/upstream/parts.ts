/** Parts of a message become blocks; what a Messages upstream cannot take is refused in words that name the way out. */
import { unsupported } from "../../errors.ts";
import { isMedia, textOf } from "../../../core/fit/media.ts";
import type { FilePart, ImagePart, Part } from "../../../core/turn.ts";
import type { ContentBlock, DocumentBlock, ImageBlock } from "./body.ts";

export function blocksOf(parts: readonly Part[]): ContentBlock[] {
  return parts.flatMap((part): ContentBlock[] => {
    switch (part.type) {
      case "text":
      case "refusal":
        // Text of blanks is refused, and says nothing.
        return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }];
      case "image":
        return [imageBlock(part)];
      case "file":
        return [documentBlock(part)];
    }
  });
}

/** Of a tool's output the text is one string, as the tool wrote it, unless something else stands beside it. */
export function resultContent(parts: readonly Part[]): string | ContentBlock[] {
  return parts.some(isMedia) ? blocksOf(parts) : textOf(parts);
}

function imageBlock({ url }: ImagePart): ImageBlock {
  if (!url.startsWith("data:")) return { type: "image", source: { type: "url", url } };
  const { type, data } = base64Of(url);
  switch (type) {
    case "image/jpeg":
    case "image/png":
    case "image/gif":
    case "image/webp":
      return { type: "image", source: { type: "base64", media_type: type, data } };
    // A common slip, which the upstream would refuse.
    case "image/jpg":
      return { type: "image", source: { type: "base64", media_type: "image/jpeg", data } };
    default:
      throw unsupported(`the upstream takes no images of type ${type}; send PNG, JPEG, GIF or WebP`);
  }
}

const TEXT_TYPE = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml|x-yaml|toml|javascript|x-sh|sql)$)/;

function documentBlock({ filename, data: given, url }: FilePart): DocumentBlock {
  const title = filename ? { title: filename } : {};
  if (given === undefined) {
    if (url !== undefined && /^https:.*\.pdf(?:[?#]|$)/i.test(url))
      return { type: "document", source: { type: "url", url }, ...title };
    throw unsupported(
      `the upstream fetches PDF files only, not ${url ?? "a file without an address"}; send its content as \`file_data\``,
    );
  }
  const { type, data } = base64Of(given);
  if (type === "application/pdf")
    return { type: "document", source: { type: "base64", media_type: type, data }, ...title };
  const text = TEXT_TYPE.test(type) ? decoded(data) : undefined;
  if (text !== undefined)
    return { type: "document", source: { type: "text", media_type: "text/plain", data: text }, ...title };
  throw unsupported(
    `the upstream takes no files of type ${type}${filename ? ` (${filename})` : ""}; send a PDF, text in UTF-8, or an image`,
  );
}

/** The type and content of a `data:` URL, without its parameters. */
function base64Of(url: string): { type: string; data: string } {
  const comma = url.indexOf(",");
  const [type = "", ...parameters] = url.slice("data:".length, Math.max(comma, 0)).toLowerCase().split(";");
  if (!url.startsWith("data:") || comma === -1 || !parameters.some((each) => each.trim() === "base64"))
    throw unsupported("an image or file came in a form that is no `data:…;base64,…` URL; send it so");
  return { type: type.trim() || "text/plain", data: url.slice(comma + 1) };
}

/** Undefined for what is no text after all. */
function decoded(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
