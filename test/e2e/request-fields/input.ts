/** Fields that say what is read, by whom it is read and how it is answered. */
import { textField, type Field } from "./table.ts";

export const INPUT: Readonly<Record<string, Field>> = {
  model: {
    taken: [[{ model: "any-name" }, { echo: { model: "any-name" } }]],
    refused: [
      [{ model: undefined }, "missing_required_parameter", "model"],
      [{ model: null }, "missing_required_parameter", "model"],
      [{ model: 5 }, "invalid_type", "model"],
      [{ model: "" }, "empty_string", "model"],
      [{ model: "m".repeat(513) }, "string_above_max_length", "model"],
    ],
  },
  input: {
    taken: [
      [{ input: [{ role: "user", content: "hi" }] }, {}],
      [{ input: [{ type: "message", role: "developer", content: "hi" }] }, {}],
      [
        {
          input: [
            { role: "user", content: "hi" },
            { type: "image_generation_call", id: "ig_1" },
          ],
        },
        { ignored: "input[1]: image_generation_call" },
      ],
      [
        {
          input: [
            {
              role: "user",
              content: [
                { type: "input_text", text: "hi" },
                { type: "input_video", video_url: "https://x.example/v" },
              ],
            },
          ],
        },
        { ignored: "input[0].content[1]: input_video" },
      ],
      [
        {
          input: [
            {
              role: "user",
              content: [{ type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "huge" }],
            },
          ],
        },
        { ignored: "input[0].content[0].detail: huge" },
      ],
    ],
    refused: [
      [{ input: undefined }, "missing_required_parameter", "input"],
      [{ input: 5 }, "invalid_type", "input"],
      [{ input: [] }, "missing_required_parameter", "input"],
      [{ input: [5] }, "invalid_type", "input[0]"],
      [{ input: [{}] }, "missing_required_parameter", "input[0].type"],
      [{ input: [{ role: "king", content: "hi" }] }, "invalid_value", "input[0].role"],
      [
        { input: [{ role: "user", content: [{ type: "input_image" }] }] },
        "missing_required_parameter",
        "input[0].content[0].image_url",
      ],
      [
        { input: [{ role: "user", content: [{ type: "input_file", filename: "a.pdf" }] }] },
        "missing_required_parameter",
        "input[0].content[0].file_data",
      ],
      [
        { input: [{ role: "user", content: [{ type: "input_file", file_id: "file_1" }] }] },
        "unsupported_value",
        "input[0].content[0].file_id",
      ],
      [
        { input: [{ role: "user", content: [{ type: "input_text", text: 5 }] }] },
        "invalid_type",
        "input[0].content[0].text",
      ],
      [{ input: [{ type: "function_call", call_id: "c" }] }, "missing_required_parameter", "input[0].name"],
      [{ input: [{ type: "item_reference", id: "msg_none" }] }, null, "input", 404],
    ],
  },
  instructions: textField("instructions"),
  stream: {
    taken: [[{ stream: false }, {}]],
    refused: [[{ stream: "yes" }, "invalid_type", "stream"]],
  },
  stream_options: {
    taken: [
      [{ stream: true, stream_options: { include_obfuscation: true } }, {}],
      [{ stream: true, stream_options: null }, {}],
      [
        { stream: true, stream_options: { include_usage: true } },
        { ignored: "stream_options.include_usage: include_usage" },
      ],
    ],
    refused: [
      [{ stream_options: { include_obfuscation: true } }, "invalid_value", "stream_options"],
      [{ stream: true, stream_options: 5 }, "invalid_type", "stream_options"],
      [
        { stream: true, stream_options: { include_obfuscation: "no" } },
        "invalid_type",
        "stream_options.include_obfuscation",
      ],
    ],
  },
  background: {
    taken: [[{ background: false }, { echo: { background: false } }]],
    refused: [
      [{ background: "yes" }, "invalid_type", "background"],
      [{ background: true }, "invalid_value", "background"],
    ],
  },
  store: {
    taken: [
      [{ store: true }, { echo: { store: true } }],
      [{ store: false }, { echo: { store: false } }],
    ],
    refused: [[{ store: "yes" }, "invalid_type", "store"]],
  },
  previous_response_id: {
    taken: [[{ previous_response_id: null }, { echo: { previous_response_id: null } }]],
    refused: [
      [{ previous_response_id: 5 }, "invalid_type", "previous_response_id"],
      [{ previous_response_id: "resp_none" }, "previous_response_not_found", "previous_response_id"],
      [
        { previous_response_id: "resp_none", conversation: "conv_none" },
        "mutually_exclusive_parameters",
        "conversation",
      ],
    ],
  },
  conversation: {
    taken: [[{ conversation: null }, {}]],
    refused: [
      [{ conversation: 5 }, "invalid_type", "conversation"],
      [{ conversation: {} }, "missing_required_parameter", "conversation.id"],
      [{ conversation: { id: 5 } }, "invalid_type", "conversation.id"],
      [{ conversation: "conv_none", store: true }, null, null, 404],
    ],
  },
  prompt: {
    taken: [[{ prompt: null }, {}]],
    refused: [
      [{ prompt: { id: "pmpt_1" } }, "unsupported_parameter", "prompt"],
      [{ prompt: "pmpt_1" }, "invalid_type", "prompt"],
    ],
  },
  truncation: {
    taken: [
      [{ truncation: "auto" }, { echo: { truncation: "auto" } }],
      [{ truncation: null }, { echo: { truncation: "disabled" } }],
    ],
    refused: [
      [{ truncation: "some" }, "invalid_value", "truncation"],
      [{ truncation: 5 }, "invalid_type", "truncation"],
    ],
  },
  context_management: {
    taken: [
      [
        { context_management: [{ type: "compaction", compact_threshold: 1000 }] },
        { ignored: "context_management: context_management" },
      ],
    ],
    refused: [
      [{ context_management: {} }, "invalid_type", "context_management"],
      [{ context_management: [] }, "empty_array", "context_management"],
      [{ context_management: [{}] }, "missing_required_parameter", "context_management[0].type"],
      [
        { context_management: [{ type: "compaction", compact_threshold: 999 }] },
        "integer_below_min_value",
        "context_management[0].compact_threshold",
      ],
    ],
  },
};
