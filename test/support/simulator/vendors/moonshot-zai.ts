/** Makers whose models think unless they are told not to. */
import type { Json } from "../../response-rules.ts";
import { CLASSIC_ROLES, imagesByUserOnly, roles } from "../rules-messages.ts";
import { fieldOnCalls, fieldOnEvery, thoughtsComeBack } from "../rules-replay.ts";
import { at, BASIC, fieldsOnly, formats, jsonInWords, PENALTIES, values, without } from "../rules-settings.ts";
import { choices, mfjs, noStrict } from "../rules-tools.ts";
import { refuse, unsure } from "../rules.ts";
import { EVERYTHING, failuresOf, frame, openaiError, PLAIN_STYLE } from "../shapes.ts";
import type { Rule, Vendor } from "../types.ts";

const KIMI = "AI SDK's adapter 3.0 and pi-ai 1.5.2, 2026-11";

const kimiThinks = (body: Json): boolean => at(body, "thinking.type") !== "disabled";

const kimiRules: readonly Rule[] = [
  roles(CLASSIC_ROLES, KIMI),
  mfjs(`${KIMI}: normalize-json-schema-for-mfjs`),
  without(["temperature", "top_p", ...PENALTIES], `${KIMI}: sampling is fixed`),
  unsure(noStrict(`${KIMI}: left out`, refuse)),
  unsure(without(["parallel_tool_calls"], "unverified: not documented")),
  thoughtsComeBack("reasoning_content", KIMI),
  imagesByUserOnly(KIMI),
];

const KIMI_FIELDS = [...BASIC, "max_tokens", "max_completion_tokens", "prompt_cache_key", "n", "parallel_tool_calls"];

export const kimi26: Vendor = {
  id: "moonshot-k2.6",
  preset: "moonshot",
  model: "kimi-k2.6",
  auth: "bearer",
  rules: [
    ...kimiRules,
    unsure(fieldsOnly([...KIMI_FIELDS, "thinking"], KIMI)),
    values("thinking.type", ["enabled", "disabled"], KIMI),
    choices(["auto", "none", "named"], `${KIMI}: required is rejected on this model`, (what) =>
      refuse(`${what}: tool_choice 'required' is incompatible with this model`),
    ),
    fieldOnCalls(
      "reasoning_content",
      kimiThinks,
      "clients of Kimi that met the 400, some of which send it empty, 2026",
      "thinking is enabled but reasoning_content is missing in assistant tool call message at index 2",
    ),
    formats(["text", "json_object", "json_schema"], KIMI),
    unsure(formats(["text", "json_object"], "unverified: json_schema on K2.x")),
    jsonInWords(KIMI),
  ],
  error: openaiError,
  failures: failuresOf(openaiError, {
    overflow: "Invalid request: Your request exceeded model token limit: 262144 (requested: 300000)",
    rate_limit: {
      body: {
        error: {
          message: "request reached organization max RPM: 3, please try again after 7 seconds",
          type: "rate_limit_reached_error",
        },
      },
    },
    wrong_key: "Invalid Authentication",
    unknown_model: {
      body: { error: { message: "Not found the model nobody or Permission denied", type: "resource_not_found_error" } },
    },
    in_stream: "Internal server error",
  }),
  style: { ...PLAIN_STYLE, usage: "choice", id: ({ name, nth }) => `${name}:${nth}` },
  thinks: kimiThinks,
  understands: { ...EVERYTHING, choice: ["none", "named"], parallel: () => true },
};

export const kimi3: Vendor = {
  ...kimi26,
  id: "moonshot-k3",
  model: "kimi-k3",
  rules: [
    ...kimiRules,
    fieldsOnly([...KIMI_FIELDS, "reasoning_effort"], `${KIMI}: this model has no \`thinking\``),
    values("reasoning_effort", ["low", "high", "max"], KIMI),
    choices(["auto", "none", "required", "named"], KIMI),
    unsure(
      fieldOnEvery(
        "reasoning_content",
        () => true,
        "pi-ai 1.5.2 fills it in on every message, 2026-11",
        "reasoning_content is missing in assistant message at index 2",
      ),
    ),
    formats(["text", "json_object", "json_schema"], KIMI),
  ],
  thinks: () => true,
  understands: { ...EVERYTHING, parallel: () => true },
};

const ZAI = "pi-ai 1.5.2 and Z.ai's documentation of thinking, 2026-11";

export const zai: Vendor = {
  id: "zai",
  preset: "zai",
  model: "glm-5.3",
  auth: "bearer",
  rules: [
    roles(CLASSIC_ROLES, ZAI),
    unsure(
      fieldsOnly(
        [...BASIC, "max_tokens", "thinking", "reasoning_effort", "tool_stream", "do_sample", "request_id", "user_id"],
        ZAI,
      ),
    ),
    values("thinking.type", ["enabled", "disabled"], ZAI),
    values("reasoning_effort", ["low", "high", "max"], ZAI),
    unsure(choices(["auto"], "unverified: no other form is documented")),
    formats(["text", "json_object"], ZAI),
    thoughtsComeBack("reasoning_content", `${ZAI}: with clear_thinking false`),
  ],
  error: ({ message, code }) => ({ error: { code: code ?? "1214", message } }),
  failures: failuresOf(({ message }) => ({ error: { code: "1261", message } }), {
    overflow: "Prompt exceeds max length",
    rate_limit: { body: { error: { code: "1302", message: "Rate limit reached for requests" } } },
    wrong_key: { body: { error: { code: "1000", message: "Authentication Failed" } } },
    unknown_model: {
      status: 400,
      body: { error: { code: "1211", message: "Unknown Model, please check the model code." } },
    },
    // It tells of a failure by its finish reason alone.
    in_stream: {
      body: frame({ id: "1", choices: [{ index: 0, delta: { content: "" }, finish_reason: "network_error" }] }),
    },
  }),
  style: { ...PLAIN_STYLE, usage: "finish" },
  thinks: (body) => at(body, "thinking.type") !== "disabled",
  understands: { ...EVERYTHING, choice: [], formats: ["json_object"], parallel: () => true },
};
