/** Fields of tools. */
import type { Json } from "../../support/response-rules.ts";
import type { Field } from "./table.ts";

const PARAMETERS = { type: "object", properties: {} };
const F: Json = { type: "function", name: "f", parameters: PARAMETERS };
const G: Json = { ...F, name: "g" };
const C: Json = { type: "custom", name: "c" };
const asSent = (name: string): Json => ({ type: "function", function: { name, parameters: PARAMETERS } });
const SENT = { tools: [asSent("f")] };
const asEchoed = (name: string): Json => ({ ...F, name, description: null, strict: null });
const HOSTED = [
  "file_search",
  "web_search_preview",
  "computer",
  "computer_use_preview",
  "image_generation",
  "code_interpreter",
  "programmatic_tool_calling",
  "apply_patch",
  "shell",
];

export const TOOLS: Readonly<Record<string, Field>> = {
  max_tool_calls: {
    taken: [[{ max_tool_calls: 1 }, { echo: { max_tool_calls: 1 }, ignored: "max_tool_calls: 1" }]],
    refused: [
      [{ max_tool_calls: 0 }, "integer_below_min_value", "max_tool_calls"],
      [{ max_tool_calls: "1" }, "invalid_type", "max_tool_calls"],
    ],
  },
  tools: {
    taken: [
      [{ tools: [] }, { echo: { tools: [] } }],
      [{ tools: [F] }, { echo: { tools: [asEchoed("f")] }, sent: SENT }],
      [
        { tools: [{ ...F, strict: true }] },
        { echo: { tools: [{ ...asEchoed("f"), strict: true }] }, sent: SENT, ignored: "tools: strict" },
      ],
      [
        { tools: [F, { type: "file_search", vector_store_ids: ["vs_1"] }] },
        { sent: SENT, ignored: "tools[1]: file_search", unknown_to: "open-responses" },
      ],
    ],
    refused: [
      [{ tools: "f" }, "invalid_type", "tools"],
      [{ tools: [5] }, "invalid_type", "tools[0]"],
      [{ tools: [{}] }, "missing_required_parameter", "tools[0].type"],
      [{ tools: [{ type: "function" }] }, "missing_required_parameter", "tools[0].name"],
      [{ tools: [{ type: "function", name: "" }] }, "empty_string", "tools[0].name"],
      [{ tools: [{ type: "function", name: "f", parameters: 5 }] }, "invalid_type", "tools[0].parameters"],
      [{ tools: [{ type: "custom" }] }, "missing_required_parameter", "tools[0].name"],
      [{ tools: [{ type: "namespace", name: "n" }] }, "missing_required_parameter", "tools[0].tools"],
    ],
  },
  tool_choice: {
    taken: [
      ...["auto", "none", "required"].map((tool_choice): Field["taken"][number] => [
        { tools: [F], tool_choice },
        { echo: { tool_choice }, sent: { ...SENT, tool_choice } },
      ]),
      [{ tool_choice: null }, { echo: { tool_choice: "auto" } }],
      [{ tool_choice: "required" }, { ignored: "tool_choice: required" }],
      [
        { tools: [F], tool_choice: { type: "function", name: "f" } },
        {
          echo: { tool_choice: { type: "function", name: "f" } },
          sent: { ...SENT, tool_choice: { type: "function", function: { name: "f" } } },
        },
      ],
      [
        {
          tools: [F, G],
          tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "g" }] },
        },
        {
          echo: { tools: [asEchoed("f"), asEchoed("g")] },
          sent: { tools: [asSent("g")], tool_choice: "required" },
        },
      ],
      [
        { tools: [F], tool_choice: { type: "allowed_tools", tools: [{ type: "function", name: "f" }] } },
        {
          echo: { tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "f" }] } },
          sent: { ...SENT, tool_choice: "auto" },
        },
      ],
      [
        { tools: [F], tool_choice: { type: "allowed_tools", mode: "none", tools: [{ type: "function", name: "f" }] } },
        { sent: { ...SENT, tool_choice: "none" }, unknown_to: "openai" },
      ],
      [
        {
          tools: [F],
          tool_choice: {
            type: "allowed_tools",
            mode: "auto",
            tools: [{ type: "function", name: "f" }, { type: "shell" }],
          },
        },
        {
          sent: { ...SENT, tool_choice: "auto" },
          ignored: "tool_choice.tools[1]: shell",
          unknown_to: "open-responses",
        },
      ],
    ],
    refused: [
      [{ tool_choice: 5 }, "invalid_type", "tool_choice"],
      [{ tool_choice: "perhaps" }, "invalid_value", "tool_choice"],
      [{ tool_choice: {} }, "missing_required_parameter", "tool_choice.type"],
      [{ tools: [F], tool_choice: { type: "function" } }, "missing_required_parameter", "tool_choice.name"],
      [{ tools: [C], tool_choice: { type: "custom" } }, "missing_required_parameter", "tool_choice.name"],
      [{ tools: [F], tool_choice: { type: "function", name: "g" } }, "invalid_value", "tool_choice"],
      [{ tools: [F], tool_choice: { type: "custom", name: "c" } }, "invalid_value", "tool_choice"],
      [
        { tools: [F], tool_choice: { type: "allowed_tools", mode: "auto" } },
        "missing_required_parameter",
        "tool_choice.tools",
      ],
      [
        { tools: [F], tool_choice: { type: "allowed_tools", mode: "often", tools: [] } },
        "invalid_value",
        "tool_choice.mode",
      ],
      [
        { tools: [F], tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "g" }] } },
        "invalid_value",
        "tool_choice.tools[0]",
      ],
      ...HOSTED.map((type): Field["refused"][number] => [
        { tool_choice: { type } },
        "unsupported_value",
        "tool_choice",
      ]),
      [{ tool_choice: { type: "mcp", server_label: "files" } }, "unsupported_value", "tool_choice"],
    ],
  },
  parallel_tool_calls: {
    taken: [
      [
        { tools: [F], parallel_tool_calls: false },
        { echo: { parallel_tool_calls: false }, sent: { ...SENT, parallel_tool_calls: false } },
      ],
      [{ parallel_tool_calls: false }, { echo: { parallel_tool_calls: false } }],
    ],
    refused: [[{ parallel_tool_calls: "no" }, "invalid_type", "parallel_tool_calls"]],
  },
};
