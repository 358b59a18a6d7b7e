/** What the package says of a model, in our terms. The package's rules are those of its `openai-completions.js` and `models.js`. */
import type { Dialect, DialectPatch } from "../../src/core/dialect.ts";

/** What we read of the package's records. */
export interface SourceModel {
  id: string;
  type: string;
  api: string;
  provider: string;
  reasoning?: boolean;
  /** Its word for each level, null for a level that it does not take. */
  thinkingLevelMap?: Readonly<Record<string, string | null>>;
  input: readonly string[];
  cost: { input: number; output: number; cacheRead: number; cacheWrite: number };
  contextWindow: number;
  maxTokens: number;
  compat?: Readonly<Record<string, unknown>>;
}

type Template = Pick<Dialect, "effort_on" | "effort_off">;

const LEVELS = ["off", "minimal", "low", "medium", "high", "xhigh", "max"];

/** Formats that switch thinking on and off. Where the host takes an effort beside that, so it is said. */
const SWITCHES: Readonly<Record<string, Template>> = {
  deepseek: { effort_on: { thinking: { type: "enabled" } }, effort_off: { thinking: { type: "disabled" } } },
  together: { effort_on: { reasoning: { enabled: true } }, effort_off: { reasoning: { enabled: false } } },
  qwen: { effort_on: { enable_thinking: true }, effort_off: { enable_thinking: false } },
  zai: {
    effort_on: { thinking: { type: "enabled", clear_thinking: false } },
    effort_off: { thinking: { type: "disabled" } },
  },
};
const EFFORT = { reasoning_effort: "$effort" };
const OPENAI: Template = { effort_on: EFFORT, effort_off: EFFORT };
const CLAUDE: Readonly<Record<"adaptive" | "budget", Template>> = {
  adaptive: {
    effort_on: { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "$effort" } },
    effort_off: { thinking: { type: "disabled" } },
  },
  budget: {
    effort_on: { thinking: { type: "enabled", budget_tokens: "$budget" } },
    effort_off: { thinking: { type: "disabled" } },
  },
};

/** How the package asks this model to think: the format's name, and whether it also sends `reasoning_effort`. */
function formatOf({ api, provider, compat = {} }: SourceModel): { format: string; effort: boolean } {
  if (provider === "anthropic") return { format: compat.forceAdaptiveThinking ? "adaptive" : "budget", effort: false };
  // The package asks it for Claude by Messages; we ask it in its own way for all.
  if (provider === "openrouter") return { format: "openrouter", effort: true };
  if (api !== "openai-completions") return { format: api, effort: false };
  // What the package takes for granted when a record says nothing (`detectCompat` in its openai-completions.js); other
  // hosts' records say it.
  const format = typeof compat.thinkingFormat === "string" ? compat.thinkingFormat : "openai";
  return { format, effort: compat.supportsReasoningEffort !== false };
}

const isAsked = ({ api, provider }: SourceModel): boolean => api === "openai-completions" || provider === "anthropic";

/** In how many ways the models of one provider are asked to think, by the wire that we speak with it. */
export function waysToThink(models: readonly SourceModel[]): number {
  const asked = models.filter((model) => model.reasoning && isAsked(model));
  return new Set(asked.map((model) => JSON.stringify(formatOf(model)))).size;
}

/**
 * `none low high=default`: our names of the efforts that a model takes, with the host's word where it differs; empty
 * for a model that cannot reason; null where the package knows too little.
 *
 * A level that its map leaves out is taken as it is, but for `xhigh` and `max`, which then are unsupported, and for
 * `off`, which depends on the format: with plain `reasoning_effort` the package sends nothing, so nothing is off.
 */
export function effortsOf(model: SourceModel, twin?: SourceModel): string | null {
  if (!model.reasoning) return "";
  const { format, effort } = formatOf(model);
  const map = model.thinkingLevelMap;
  if (twin) return sharedEfforts(effortsOf(twin), map ?? {});
  const switched = Object.hasOwn(SWITCHES, format) && !effort;
  const claude = format === "adaptive" || format === "budget";
  // Without a map the package lets through every level up to `high`. That is knowledge only where a host takes every
  // level (OpenRouter), or none is sent: a budget in tokens, or a switch.
  if (!map && !switched && !claude && format !== "openrouter") return null;
  const taken = (level: string): boolean => {
    const word = map?.[level];
    if (word === null) return false;
    if (level === "xhigh" || level === "max") return word !== undefined;
    if (level === "off") return word !== undefined || format !== "openai";
    // Claude knows no such effort, the package says `low` for it; so does whoever goes up to the next level.
    return !(level === "minimal" && format === "adaptive" && word === undefined);
  };
  const levels = LEVELS.filter(taken);
  // All levels of a switch say the same; that it can be on is one.
  if (switched) return levels.includes("off") ? "none high" : "high";
  return levels.map((level) => effortWord(level, map?.[level], format)).join(" ");
}

function effortWord(level: string, word: string | null | undefined, format: string): string {
  const name = level === "off" ? "none" : level;
  // The native API's words are in capitals; the package itself takes them for the small ones.
  const said = format === "google-generative-ai" ? word?.toLowerCase() : word;
  if (said === undefined || said === null || said === name) return name;
  if (/[\s=]/.test(said)) throw new Error(`an effort's word with a space or an equals sign: ${said}`);
  return `${name}=${said}`;
}

/** The package's maps of Azure are rough (`minimal` of GPT-5.1 passes), so only what OpenAI's map has too is taken. */
function sharedEfforts(efforts: string | null, map: Readonly<Record<string, string | null>>): string | null {
  if (efforts === null) return null;
  return efforts
    .split(" ")
    .filter((effort) => map[effort === "none" ? "off" : effort] !== null)
    .join(" ");
}

/** Empty where it is not known: the package writes 0 for that too, so 0 counts only where the id says "free". */
export function priceOf({ id, cost }: SourceModel): (number | "-")[] {
  const { input, output, cacheRead, cacheWrite } = cost;
  if (input === 0 && output === 0) return /[:/]free$/.test(id) ? [0, 0] : [];
  // A cache that costs nothing to read or to write is one without a price of its own.
  if (cacheWrite > 0) return [input, output, cacheRead || "-", cacheWrite];
  return cacheRead > 0 ? [input, output, cacheRead] : [input, output];
}

export interface NamedDialect {
  name: string;
  patch: DialectPatch;
}

/**
 * What differs from model to model within one provider; what is the same for all is the preset's business. A provider
 * whose models ask for thinking in several ways says it for each, so that it does not matter what the preset says.
 */
export function dialectOf(model: SourceModel, severalFormats: boolean): NamedDialect | undefined {
  const { api, provider, compat = {} } = model;
  const names: string[] = [];
  const patch: { -readonly [Key in keyof DialectPatch]: DialectPatch[Key] } = {};
  if (severalFormats && model.reasoning && isAsked(model)) {
    const { format, effort } = formatOf(model);
    const template = format === "adaptive" || format === "budget" ? CLAUDE[format] : (SWITCHES[format] ?? OPENAI);
    names.push(format);
    Object.assign(patch, template);
    if (effort && template !== OPENAI) {
      names.push("effort");
      patch.effort_on = { ...template.effort_on, ...EFFORT };
    }
  }
  if (provider === "anthropic" && compat.supportsTemperature === false) {
    names.push("no_temperature");
    patch.drop = ["temperature"];
  }
  if (api === "openai-completions" && provider !== "deepseek") {
    if (compat.requiresReasoningContentOnAssistantMessages && model.reasoning) {
      names.push("reasoning_content");
      patch.required_reasoning_field = "reasoning_content";
    }
  }
  if (api === "openai-completions" && compat.supportsMidConvoSystemMessages) {
    names.push("late_system");
    patch.late_system_role = "system";
  }
  return names.length === 0 ? undefined : { name: names.join("+"), patch };
}
