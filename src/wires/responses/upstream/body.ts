/** A Responses request, as far as one is written here. The tests hold these types against those of OpenAI's own SDK. */
import type { JsonSchemaFormat, Phase } from "../../../core/turn.ts";

export type InputText = { type: "input_text"; text: string };
export type InputImage = { type: "input_image"; image_url: string; detail: "auto" | "low" | "high" | "original" };
export type InputFile = { type: "input_file"; filename?: string; file_data?: string; file_url?: string };
export type InputPart = InputText | InputImage | InputFile;

export type SaidPart = { type: "output_text"; text: string } | { type: "refusal"; refusal: string };

export type GivenMessage = { type: "message"; role: "user" | "developer"; content: InputPart[] };
export type SaidMessage = { type: "message"; role: "assistant"; content: SaidPart[]; phase?: Phase };
export type FunctionCall = { type: "function_call"; call_id: string; name: string; arguments: string };
export type FunctionCallOutput = { type: "function_call_output"; call_id: string; output: string | InputPart[] };
/** As the upstream gave it. */
export type Thought = { type: "reasoning"; [field: string]: unknown };

export type InputItem = GivenMessage | SaidMessage | FunctionCall | FunctionCallOutput | Thought;

export interface FunctionToolParam {
  type: "function";
  name: string;
  description?: string;
  parameters: Record<string, unknown>;
  strict: boolean;
}

export type ToolChoiceParam = "auto" | "none" | "required" | { type: "function"; name: string };

export type FormatParam = { type: "json_object" } | JsonSchemaFormat;
