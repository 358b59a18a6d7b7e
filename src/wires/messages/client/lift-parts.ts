/** Content of Messages blocks as parts: text, images, documents, and what can be told in words. */
import { missing, nameOf, parseAt } from "../../../core/parse.ts";
import type { FilePart, Ignored, Part } from "../../../core/turn.ts";
import { invalid } from "../../errors.ts";
import { liftParts, storedFile, textParts } from "../../lifting.ts";
import * as schema from "./schema.ts";

export function partsOf(
  content: string | readonly schema.Block[] | null | undefined,
  at: string,
  ignored: Ignored[],
  depth = 0,
): Part[] {
  return liftParts(content, at, (block, field) => {
    const parts = partOf(block, field, ignored, depth);
    if (!parts) ignored.push({ field, what: nameOf(block.type), why: "no content that an upstream could be sent" });
    return parts;
  });
}

/** Documents and results within one another; the API itself knows one level. */
const MAX_DEPTH = 4;

/** Undefined for a block that is no content. */
export function partOf(block: schema.Block, at: string, ignored: Ignored[], depth = 0): Part[] | undefined {
  // Each level copies what stands below it.
  if (depth > MAX_DEPTH) throw invalid(`\`${at}\` is nested too deep; put its content beside what holds it`, at);
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
  if (source.type === "file") throw storedFile(`${at}.source`, "Anthropic", "its content");
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
  const head = title ? `<document title=${JSON.stringify(title)}>` : "<document>";
  switch (source.type) {
    case "text":
      return [...about, ...framed(head, [{ type: "text", text: source.data ?? "" }], "</document>")];
    case "content": {
      const parts = partsOf(source.content, `${at}.source.content`, ignored, depth + 1);
      return [...about, ...framed(head, parts, "</document>")];
    }
    case "file":
      throw storedFile(`${at}.source`, "Anthropic", "its content");
    default:
      return [...about, filePart(source, title, at)];
  }
}

function filePart(
  { media_type, data, url }: schema.DocumentSource,
  title: string | null | undefined,
  at: string,
): FilePart {
  const filename = title ? { filename: title } : {};
  if (data) return { type: "file", ...filename, data: dataUrl(media_type ?? "application/pdf", data) };
  if (url) return { type: "file", ...filename, url };
  throw missing(`${at}.source.data`);
}

function framed(head: string, parts: readonly Part[], end: string): Part[] {
  return [{ type: "text", text: head }, ...parts, { type: "text", text: end }];
}

function searchResult(block: schema.Block, at: string, ignored: Ignored[], depth: number): Part[] {
  const { title, source, content } = parseAt(schema.SearchResultBlock, block, at);
  const from = source ? ` source=${JSON.stringify(source)}` : "";
  const parts = partsOf(content, `${at}.content`, ignored, depth + 1);
  return framed(`<search_result title=${JSON.stringify(title ?? "")}${from}>`, parts, "</search_result>");
}

function dataUrl(type: string, data: string): string {
  return `data:${type};base64,${data}`;
}
