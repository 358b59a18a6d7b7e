/** Content of Messages blocks as parts: text, images, documents, and what can be told in words. */
import { ShimError } from "../../../core/errors.ts";
import { nameOf, parseAt } from "../../../core/parse.ts";
import type { FilePart, Ignored, Part, TextPart } from "../../../core/turn.ts";
import * as schema from "./schema.ts";

export function partsOf(
  content: string | readonly schema.Block[] | null | undefined,
  at: string,
  ignored: Ignored[],
  depth = 0,
): Part[] {
  if (content === null || content === undefined) return [];
  if (typeof content === "string") return textParts(content);
  return content.flatMap((block, i) => {
    const parts = partOf(block, `${at}[${i}]`, ignored, depth);
    if (parts) return parts;
    ignored.push({ field: `${at}[${i}]`, what: nameOf(block.type), why: "no content that an upstream could be sent" });
    return [];
  });
}

export function textParts(text: string): TextPart[] {
  return text === "" ? [] : [{ type: "text", text }];
}

/** Documents and results within one another; the API itself knows one level. */
const MAX_DEPTH = 4;

/** Undefined for a block that is no content. */
export function partOf(block: schema.Block, at: string, ignored: Ignored[], depth = 0): Part[] | undefined {
  // Each level copies what stands below it.
  if (depth > MAX_DEPTH)
    throw new ShimError("invalid_request", `\`${at}\` is nested too deep; put its content beside what holds it`, {
      param: at,
    });
  switch (block.type) {
    case "text":
      return textParts(parseAt(schema.TextBlock, block, at).text);
    case "image":
      return [imagePart(block, at)];
    case "document":
      return documentParts(block, at, ignored, depth);
    case "search_result":
      return searchResult(block, at, ignored, depth);
    case "tool_reference":
      return textParts(`The tool \`${parseAt(schema.ToolReference, block, at).tool_name}\` can be called now.`);
    default:
      return undefined;
  }
}

function imagePart(block: schema.Block, at: string): Part {
  const { source } = parseAt(schema.ImageBlock, block, at);
  if (source.type === "file") throw storedFile(at);
  if (source.type === "url" && source.url) return { type: "image", url: source.url };
  if (source.type !== "base64" || !source.data) throw missing(`${at}.source.data`);
  return { type: "image", url: dataUrl(source.media_type ?? "image/png", source.data) };
}

/** What is text stays text, which every upstream takes. */
function documentParts(block: schema.Block, at: string, ignored: Ignored[], depth: number): Part[] {
  const { source, title, context, citations } = parseAt(schema.DocumentBlock, block, at);
  if (citations?.enabled)
    ignored.push({ field: `${at}.citations`, what: "citations", why: "other upstreams do not say where they read" });
  const about = context ? textParts(`(About the document that follows: ${context})`) : [];
  switch (source.type) {
    case "text":
      return [...about, ...framed(title, [{ type: "text", text: source.data ?? "" }])];
    case "content":
      return [...about, ...framed(title, partsOf(source.content, `${at}.source.content`, ignored, depth + 1))];
    case "file":
      throw storedFile(at);
    default:
      return [...about, filePart(source, title ?? undefined, at)];
  }
}

function filePart(
  source: { media_type?: string | null | undefined; data?: string | null | undefined; url?: string | null | undefined },
  title: string | undefined,
  at: string,
): FilePart {
  const filename = title ? { filename: title } : {};
  if (source.data)
    return { type: "file", ...filename, data: dataUrl(source.media_type ?? "application/pdf", source.data) };
  if (source.url) return { type: "file", ...filename, url: source.url };
  throw missing(`${at}.source.data`);
}

function framed(title: string | null | undefined, parts: readonly Part[]): Part[] {
  const head = title ? `<document title=${JSON.stringify(title)}>` : "<document>";
  return [{ type: "text", text: head }, ...parts, { type: "text", text: "</document>" }];
}

function searchResult(block: schema.Block, at: string, ignored: Ignored[], depth: number): Part[] {
  const { title, source, content } = parseAt(schema.SearchResultBlock, block, at);
  const from = source ? ` source=${JSON.stringify(source)}` : "";
  return [
    { type: "text", text: `<search_result title=${JSON.stringify(title ?? "")}${from}>` },
    ...partsOf(content, `${at}.content`, ignored, depth + 1),
    { type: "text", text: "</search_result>" },
  ];
}

function dataUrl(type: string, data: string): string {
  return `data:${type};base64,${data}`;
}

function storedFile(at: string): ShimError {
  return new ShimError(
    "unsupported",
    `\`${at}.source\` names a file stored at Anthropic, which this upstream cannot reach; send its content`,
    { param: `${at}.source` },
  );
}

function missing(param: string): ShimError {
  return new ShimError("invalid_request", `\`${param}\` is missing`, { param });
}
