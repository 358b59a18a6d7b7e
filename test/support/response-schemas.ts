/**
 * The published documents of the Responses API as judges: OpenAI's own schema and that of Open Responses, each event and
 * body against the definition of its type. Where the two contradict each other, OpenAI's word wins and a waiver says so.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StreamEvent } from "./response-frames.ts";
import { isObject, isText, type Json } from "./response-rules.ts";
import { WAIVERS, type Waiver } from "./response-waivers.ts";

export type Document = "openai" | "open-responses";

/** What the `response` object, and the answer of `/responses/compact`, are called. */
const BODIES: Record<Document, string> = { openai: "Response", "open-responses": "ResponseResource" };
const COMPACTION = "CompactResource";

export class PublishedSchema {
  readonly document: Document;
  /** Waivers that were needed so far. */
  readonly used = new Set<Waiver>();
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly events = new Map<string, string>();
  private readonly waivers: readonly Waiver[];

  constructor(document: Document) {
    this.document = document;
    this.waivers = WAIVERS.filter((waiver) => waiver.document === document);
    const { $defs } = readSpec(document);
    this.ajv.addSchema({ $id: document, $defs });
    for (const [name, schema] of Object.entries($defs)) {
      const type = typeOf(schema);
      if (type !== undefined && name.endsWith("Event")) this.events.set(type, name);
    }
    // Compiled here, not within the first test's time.
    for (const name of [...this.events.values(), BODIES[document], COMPACTION])
      this.ajv.getSchema(`${document}#/$defs/${name}`);
  }

  event(event: StreamEvent): string[] {
    return this.judge(event, (amended) => {
      const { type } = amended;
      const name = isText(type) ? this.events.get(type) : undefined;
      return name ?? `no event of the type ${String(type)}`;
    });
  }

  body(body: Json): string[] {
    return this.judge(body, ({ object }) => (object === "response.compaction" ? COMPACTION : BODIES[this.document]));
  }

  private judge(value: Json, nameOf: (amended: Json) => string): string[] {
    let amended: Json | undefined = structuredClone(value);
    for (const waiver of this.waivers) {
      const text = JSON.stringify(amended);
      amended = waiver.amend(amended);
      if (amended === undefined || JSON.stringify(amended) !== text) this.used.add(waiver);
      if (amended === undefined) return [];
    }
    const name = nameOf(amended);
    const errors = this.errorsOf(amended, name);
    return errors.map((error) => `${this.document} ${name}: ${error}\n    in ${JSON.stringify(value).slice(0, 400)}`);
  }

  private errorsOf(value: unknown, name: string): string[] {
    const validate: ValidateFunction | undefined = this.ajv.getSchema(`${this.document}#/$defs/${name}`);
    if (!validate) return [name];
    return validate(value) ? [] : deepest(validate.errors ?? []);
  }
}

function readSpec(document: Document): { $defs: Json } {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../fixtures/spec/${document}.json`), "utf8")) as {
    $defs: Json;
  };
}

/** Fields of a request's body. */
export function fieldsOfRequest(document: Document): string[] {
  const { $defs } = readSpec(document);
  const fields = new Set<string>();
  const collect = (schema: unknown): void => {
    if (!isObject(schema)) return;
    if (isText(schema["$ref"])) collect($defs[schema["$ref"].slice("#/$defs/".length)]);
    for (const part of Array.isArray(schema["allOf"]) ? schema["allOf"] : []) collect(part);
    if (isObject(schema["properties"])) for (const name of Object.keys(schema["properties"])) fields.add(name);
  };
  collect($defs[document === "openai" ? "CreateResponse" : "CreateResponseBody"]);
  return [...fields].toSorted();
}

/** The one value that `type` may have. */
function typeOf(schema: unknown): string | undefined {
  const properties = isObject(schema) ? schema["properties"] : undefined;
  const type = isObject(properties) ? properties["type"] : undefined;
  const values = isObject(type) ? (type["enum"] ?? [type["const"]]) : [];
  return Array.isArray(values) && values.length === 1 && isText(values[0]) ? values[0] : undefined;
}

/** Of a union every branch complains; what is wrong deepest within says most. */
function deepest(errors: readonly ErrorObject[]): string[] {
  const depthOf = ({ instancePath }: ErrorObject): number => instancePath.split("/").length;
  const most = Math.max(...errors.map(depthOf));
  const told = errors
    .filter((error) => depthOf(error) === most)
    .map(({ instancePath, message, params }) => `${instancePath} ${String(message)} ${JSON.stringify(params)}`);
  return [...new Set(told)].slice(0, 6);
}
