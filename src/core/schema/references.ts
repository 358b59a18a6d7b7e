/** Resolves references within a JSON schema: pointers, anchors and ids. Nothing is ever fetched. */
import type { JsonObject } from "../dialect.ts";
import { isJsonObject } from "../json-fields.ts";

/** A schema with an id of its own: what references within it are relative to. */
export interface Resource {
  schema: JsonObject;
  /** Absolute, without a fragment. */
  uri: string;
  anchors: ReadonlyMap<string, JsonObject>;
}

interface Target {
  schema: unknown;
  resource: Resource;
}

/** The resource that is read, whose anchors are collected. */
interface Around {
  uri: string;
  anchors: Map<string, JsonObject>;
}

const NOWHERE = "https://schema.invalid/"; // For schemas that do not say where they are.
/** What stands below these words is data, or text for people. */
const DATA = new Set(["enum", "const", "default", "examples", "example"]);
const MAX_DEPTH = 200;
const STEPS_AN_ADDRESS = 100;

/** `spend` is called with the steps that are going to be taken, and throws where they are not to be. */
export class References {
  private readonly root: JsonObject;
  private readonly spend: (steps: number) => void;
  /** Made when an id or an anchor is needed first: few schemas have any. */
  private index: { byUri: Map<string, Resource | undefined>; bySchema: Map<object, Resource> } | undefined;
  private readonly plain: Resource;

  constructor(root: JsonObject, spend: (steps: number) => void) {
    this.root = root;
    this.spend = spend;
    this.plain = { schema: root, uri: NOWHERE, anchors: new Map() };
  }

  /** What the whole schema's own references are relative to. */
  get whole(): Resource {
    return this.index?.bySchema.get(this.root) ?? this.plain;
  }

  /** What references of this schema are relative to, which stands within `around`. */
  within(schema: JsonObject, around: Resource): Resource {
    if (schema === this.root || !isOwnId(schema["$id"])) return around;
    return this.all().bySchema.get(schema) ?? around;
  }

  /** Undefined where it leads out of the schema, or nowhere. */
  find(reference: string, from: Resource): Target | undefined {
    this.spend(16 + reference.length);
    const hash = reference.indexOf("#");
    const [address, fragment] =
      hash === -1 ? [reference, ""] : [reference.slice(0, hash), decoded(reference.slice(hash + 1))];
    const resource = address === "" ? from : this.byAddress(address, from);
    if (!resource || fragment === undefined) return undefined;
    if (fragment === "") return { schema: resource.schema, resource };
    if (fragment.startsWith("/")) return this.pointed(fragment, resource);
    const schema = this.indexed(resource).anchors.get(fragment);
    return schema && { schema, resource };
  }

  private byAddress(address: string, from: Resource): Resource | undefined {
    const { byUri } = this.all();
    const uri = this.resolved(address, this.indexed(from).uri);
    return uri === undefined ? undefined : byUri.get(uri);
  }

  private pointed(pointer: string, from: Resource): Target | undefined {
    let resource = from;
    let at: unknown = from.schema;
    for (const step of pointer.slice(1).split("/")) {
      const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
      if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
      at = (at as JsonObject)[key];
      if (isJsonObject(at)) resource = this.within(at, resource);
    }
    return { schema: at, resource };
  }

  private indexed(resource: Resource): Resource {
    return this.all().bySchema.get(resource.schema) ?? resource;
  }

  private all(): NonNullable<typeof this.index> {
    if (this.index) return this.index;
    const index = (this.index = { byUri: new Map(), bySchema: new Map() });
    this.collect(this.root, { uri: NOWHERE, anchors: new Map() }, 0);
    return index;
  }

  private collect(schema: unknown, around: Around, depth: number): void {
    if (typeof schema !== "object" || schema === null) return;
    if (depth > MAX_DEPTH) this.spend(Infinity);
    if (Array.isArray(schema)) {
      this.spend(schema.length);
      for (const each of schema) this.collect(each, around, depth + 1);
      return;
    }
    if (!isJsonObject(schema)) return;
    const keys = Object.keys(schema);
    this.spend(1 + keys.length);
    const here = this.resourceAt(schema, around);
    for (const word of ["$anchor", "$dynamicAnchor"]) {
      const name = schema[word];
      if (typeof name === "string") here.anchors.set(name, schema);
    }
    for (const key of keys) if (!DATA.has(key)) this.collect(schema[key], here, depth + 1);
  }

  private resourceAt(schema: JsonObject, around: Around): Around {
    const id = schema["$id"];
    // What older drafts have for an anchor.
    if (typeof id === "string" && id.startsWith("#")) around.anchors.set(id.slice(1), schema);
    if (schema !== this.root && !isOwnId(id)) return around;
    const uri = isOwnId(id) ? (this.resolved(id, around.uri) ?? around.uri) : around.uri;
    const resource = { schema, uri, anchors: new Map<string, JsonObject>() };
    // Of two schemas with one id it is unknown which is meant.
    this.index?.byUri.set(uri, this.index.byUri.has(uri) ? undefined : resource);
    this.index?.bySchema.set(schema, resource);
    return resource;
  }

  private resolved(address: string, base: string): string | undefined {
    this.spend(STEPS_AN_ADDRESS + address.length + base.length);
    if (!URL.canParse(address, base)) return undefined;
    const url = new URL(address, base);
    url.hash = "";
    return url.href;
  }
}

const isOwnId = (id: unknown): id is string => typeof id === "string" && id !== "" && !id.startsWith("#");

function decoded(fragment: string): string | undefined {
  if (!fragment.includes("%")) return fragment;
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}
