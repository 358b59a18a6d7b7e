/** All other settings. */
import type { Json } from "../../support/response-rules.ts";
import { decimal, long, textField, type Field } from "./table.ts";

const pairs = (count: number): Json => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));

const SCHEMA = { type: "json_schema", name: "n", schema: { type: "object" } };

export const SETTINGS: Readonly<Record<string, Field>> = {
  metadata: {
    taken: [
      [{ metadata: pairs(16) }, { echo: { metadata: pairs(16) } }],
      [{ metadata: { [long(64)]: long(512) } }, { echo: { metadata: { [long(64)]: long(512) } } }],
      [{ metadata: null }, { echo: { metadata: {} } }],
    ],
    refused: [
      [{ metadata: 5 }, "invalid_type", "metadata"],
      [{ metadata: { k: 1 } }, "invalid_type", "metadata.k"],
      [{ metadata: pairs(17) }, "object_above_max_properties", "metadata"],
      [{ metadata: { [long(65)]: "v" } }, "property_name_above_max_length", `metadata.${long(64)}`],
      [{ metadata: { k: long(513) } }, "string_above_max_length", "metadata.k"],
    ],
  },
  temperature: decimal("temperature", 0, 2, 1),
  top_p: decimal("top_p", 0, 1, 1),
  presence_penalty: decimal("presence_penalty", -2, 2, 0),
  frequency_penalty: decimal("frequency_penalty", -2, 2, 0),
  max_output_tokens: {
    taken: [
      // Both documents want 16 at least; whoever asks for less of a host that gives it gets it.
      [{ max_output_tokens: 1 }, { echo: { max_output_tokens: 1 }, sent: { max_tokens: 1 }, unknown_to: "openai" }],
      [{ max_output_tokens: 16 }, { echo: { max_output_tokens: 16 }, sent: { max_tokens: 16 } }],
      [{ max_output_tokens: null }, { echo: { max_output_tokens: null } }],
    ],
    refused: [
      [{ max_output_tokens: 0 }, "integer_below_min_value", "max_output_tokens"],
      [{ max_output_tokens: 16.5 }, "invalid_type", "max_output_tokens"],
      [{ max_output_tokens: "16" }, "invalid_type", "max_output_tokens"],
    ],
  },
  top_logprobs: {
    taken: [
      [{ top_logprobs: 20 }, { echo: { top_logprobs: 20 }, sent: { logprobs: true, top_logprobs: 20 } }],
      [{ top_logprobs: 0 }, { echo: { top_logprobs: 0 } }],
    ],
    refused: [
      [{ top_logprobs: 21 }, "integer_above_max_value", "top_logprobs"],
      [{ top_logprobs: -1 }, "integer_below_min_value", "top_logprobs"],
      [{ top_logprobs: "1" }, "invalid_type", "top_logprobs"],
    ],
  },
  include: {
    taken: [
      [{ include: [] }, {}],
      [{ include: ["message.output_text.logprobs"] }, { sent: { logprobs: true } }],
      [{ include: ["reasoning.encrypted_content", "message.input_image.image_url"] }, {}],
      [
        { include: ["file_search_call.results", "web_search_call.results", "web_search_call.action.sources"] },
        {
          ignored:
            "include[0]: file_search_call.results; include[1]: web_search_call.results; include[2]: web_search_call.action.sources",
        },
      ],
      [
        { include: ["code_interpreter_call.outputs", "computer_call_output.output.image_url"] },
        { ignored: "include[0]: code_interpreter_call.outputs; include[1]: computer_call_output.output.image_url" },
      ],
    ],
    refused: [
      [{ include: "reasoning.encrypted_content" }, "invalid_type", "include"],
      [{ include: ["everything"] }, "invalid_value", "include[0]"],
      [{ include: [5] }, "invalid_type", "include[0]"],
    ],
  },
  reasoning: {
    taken: [
      [
        { reasoning: { effort: "xhigh", summary: "auto" } },
        { echo: { reasoning: { effort: "xhigh", summary: "auto" } }, sent: { reasoning_effort: "xhigh" } },
      ],
      [
        { reasoning: { effort: "minimal" } },
        {
          echo: { reasoning: { effort: "minimal", summary: null } },
          sent: { reasoning_effort: "minimal" },
          unknown_to: "open-responses",
        },
      ],
      [{ reasoning: { generate_summary: "concise" } }, { echo: { reasoning: { effort: null, summary: "concise" } } }],
      [{ reasoning: { summary: "none" } }, { echo: { reasoning: { effort: null, summary: null } } }],
      [{ reasoning: { context: "all_turns", mode: "standard" } }, {}],
      [
        { reasoning: { context: "current_turn", mode: "pro", depth: 5 } },
        { ignored: "reasoning.context: current_turn; reasoning.mode: pro; reasoning.depth: depth" },
      ],
      [{ reasoning: null }, { echo: { reasoning: { effort: null, summary: null } } }],
    ],
    refused: [
      [{ reasoning: "high" }, "invalid_type", "reasoning"],
      [{ reasoning: { effort: 5 } }, "invalid_type", "reasoning.effort"],
      [{ reasoning: { summary: "long" } }, "invalid_value", "reasoning.summary"],
      [{ reasoning: { summary: true } }, "invalid_type", "reasoning.summary"],
      [{ reasoning: { generate_summary: "long" } }, "invalid_value", "reasoning.generate_summary"],
    ],
  },
  text: {
    taken: [
      [{ text: { format: { type: "text" } } }, { echo: { text: { format: { type: "text" } } } }],
      [
        { text: { format: { type: "json_object" } } },
        { echo: { text: { format: { type: "json_object" } } }, sent: { response_format: { type: "json_object" } } },
      ],
      [
        { text: { format: SCHEMA } },
        {
          echo: { text: { format: { ...SCHEMA, description: null, strict: false } } },
          sent: {
            response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" } } },
          },
        },
      ],
      [
        { text: { verbosity: "low" } },
        { echo: { text: { format: { type: "text" }, verbosity: "low" } }, ignored: "text.verbosity: low" },
      ],
      [{ text: { color: "red" } }, { echo: { text: { format: { type: "text" } } }, ignored: "text.color: color" }],
    ],
    refused: [
      [{ text: "brief" }, "invalid_type", "text"],
      [{ text: { verbosity: "shy" } }, "invalid_value", "text.verbosity"],
      [{ text: { verbosity: 5 } }, "invalid_type", "text.verbosity"],
      [{ text: { format: {} } }, "missing_required_parameter", "text.format.type"],
      [{ text: { format: { type: "xml" } } }, "invalid_value", "text.format.type"],
      [{ text: { format: { type: "json_schema", name: "n" } } }, "missing_required_parameter", "text.format.schema"],
      [{ text: { format: { ...SCHEMA, schema: 5 } } }, "invalid_type", "text.format.schema"],
      [{ text: { format: { ...SCHEMA, name: "two words" } } }, "invalid_value", "text.format.name"],
      [{ text: { format: { ...SCHEMA, name: long(65) } } }, "string_above_max_length", "text.format.name"],
    ],
  },
  service_tier: {
    taken: [
      // This host tells none, and so knows one way.
      [{ service_tier: "auto" }, { echo: { service_tier: "default" } }],
      [{ service_tier: "flex" }, { echo: { service_tier: "default" }, ignored: "service_tier: flex" }],
    ],
    refused: [[{ service_tier: 5 }, "invalid_type", "service_tier"]],
  },
  user: { ...textField("user"), taken: [[{ user: "u" }, { echo: { user: "u" } }]] },
  safety_identifier: textField("safety_identifier", 64),
  prompt_cache_key: {
    ...textField("prompt_cache_key"),
    // OpenAI takes 64 characters; here it names a thread, at any length.
    taken: [[{ prompt_cache_key: long(65) }, { echo: { prompt_cache_key: long(65) } }]],
  },
  prompt_cache_retention: {
    taken: [
      [{ prompt_cache_retention: "24h" }, { echo: { prompt_cache_retention: "24h" } }],
      [{ prompt_cache_retention: "in-memory" }, { echo: { prompt_cache_retention: "in_memory" } }],
    ],
    refused: [
      [{ prompt_cache_retention: "1h" }, "invalid_value", "prompt_cache_retention"],
      [{ prompt_cache_retention: 5 }, "invalid_type", "prompt_cache_retention"],
    ],
  },
  prompt_cache_options: {
    taken: [[{ prompt_cache_options: { mode: "automatic" } }, {}]],
    refused: [[{ prompt_cache_options: 5 }, "invalid_type", "prompt_cache_options"]],
  },
  moderation: {
    taken: [[{ moderation: { model: "m" } }, { ignored: "moderation: moderation" }]],
    refused: [
      [{ moderation: "m" }, "invalid_type", "moderation"],
      [{ moderation: {} }, "missing_required_parameter", "moderation.model"],
    ],
  },
  "a field of Chat Completions": {
    taken: [[{ seed: 1, stop: ["x"] }, { ignored: "seed: seed; stop: stop" }]],
    refused: [
      "messages",
      "max_tokens",
      "max_completion_tokens",
      "response_format",
      "reasoning_effort",
      "functions",
    ].map((field): Field["refused"][number] => [{ [field]: "x" }, "unsupported_parameter", field]),
  },
  "a field that nobody knows": { taken: [[{ shiny: 1 }, { ignored: "shiny: shiny" }]], refused: [] },
};
