/**
 * A Responses request, as far as one is written here. The tests hold these types against those of OpenAI's own SDK.
 */

import type { Phase } from "../../../core/turn.ts";

export interface InputText {
  type: "input_text";
  text: string;
}

export interface InputImage {
  type: "input_image";
  image_url: string;
  detail: "auto" | "low" | "high" | "original";
}

export interface InputFile {
  type: "input_file";
  filename?: string;
  file_data?: string;
  file_url?: string;
}

export type InputPart = InputText | InputImage | InputFile;

export type SaidPart = { type: "output_text"; text: string } | { type: "refusal"; refusal: string };

export interface GivenMessage {
  type: "message";
  role: "user" | "developer";
  content: InputPart[];
}

export interface SaidMessage {
  type: "message";
  role: "assistant";
  content: SaidPart[];
  phase?: Phase;
}

export interface FunctionCall {
  type: "function_call";
  call_id: string;
  name: string;
  arguments: string;
}

export interface FunctionCallOutput {
  type: "function_call_output";
  call_id: string;
  output: string | InputPart[];
}

/** As the upstream gave it. */
export interface Thought {
  type: "reasoning";
  [field: string]: unknown;
}

export type InputItem = GivenMessage | SaidMessage | FunctionCall | FunctionCallOutput | Thought;

export interface FunctionToolParam {
  type: "function";
  name: string;
  description?: string;
  parameters: Record<string, unknown>;
  strict: boolean;
}

export type ToolChoiceParam = "auto" | "none" | "required" | { type: "function"; name: string };

export type FormatParam =
  | { type: "json_object" }
  | { type: "json_schema"; name: string; description?: string; schema: Record<string, unknown>; strict?: boolean };

/** Half a surrogate pair, which JSON can hold only as an escape, makes servers refuse the whole body. */
export function jsonOf(value: unknown): string {
  const json = JSON.stringify(value);
  if (!json.includes("\\ud")) return json;
  return json.replaceAll(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, (escape) => (escape.length === 2 ? escape : "\\ufffd"));
}
