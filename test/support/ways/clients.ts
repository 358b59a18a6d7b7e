/**
 * How a client of each wire asks, and what it has understood at the end, whatever came: liberal, unlike the checkers of
 * each wire's grammar, since it also reads what was handed on, cut or garbled.
 */
import type { WireName } from "../../../src/core/provider.ts";
import { readChatBody, readChatStream } from "../chat-events.ts";
import { tell as tellMessages, validateMessageBody, validateMessageStream } from "../message-events.ts";
import { tell as tellResponses, validateResponseBody, validateResponseStream } from "../response-events.ts";
import { isObject, type Json } from "../response-rules.ts";
import { framesIn, readChat, readMessages, readResponses, type Understood } from "./understood.ts";
import { PARAMETERS, TOOLS, type SpokenCall } from "./spoken.ts";

export type { Understood } from "./understood.ts";

/** A round that is over: what was said, what the model answered, what its calls came to. */
export interface Round {
  say: string;
  text: string;
  calls: SpokenCall[];
  /** One for each call. */
  results: string[];
}

export interface Asked {
  model: string;
  stream: boolean;
  rounds?: readonly Round[];
  say: string;
}

export interface Client {
  path: string;
  request(asked: Asked): Json;
  stream(sse: string): Understood;
  body(body: Json): Understood;
  /** What is wrong with an answer that was translated. */
  faults(sse: string): string[];
  bodyFaults(body: unknown): string[];
}

const lines = (text: string): string[] => (text === "" ? [] : text.split("\n"));

const responses: Client = {
  path: "/responses",
  request: ({ model, stream, rounds = [], say }) => {
    const user = (text: string): Json => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });
    const said = (text: string): Json => ({
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text, annotations: [] }],
    });
    return {
      model,
      stream,
      store: false,
      instructions: "Be brief.",
      reasoning: { summary: "auto" },
      input: [
        ...rounds.flatMap((round) => [
          user(round.say),
          ...(round.text === "" ? [] : [said(round.text)]),
          ...round.calls.map(({ id, name, args }) => ({ type: "function_call", call_id: id, name, arguments: args })),
          ...round.calls.map(({ id }, n) => ({
            type: "function_call_output",
            call_id: id,
            output: round.results[n] ?? "",
          })),
        ]),
        user(say),
      ],
      tools: TOOLS.map((name) => ({ type: "function", name, parameters: PARAMETERS, strict: false })),
    };
  },
  stream: (sse) => readResponses(framesIn(sse)),
  body: (body) =>
    readResponses([{ type: isObject(body["error"]) ? "response.failed" : "response.completed", response: body }]),
  faults: (sse) => lines(tellResponses(validateResponseStream(sse))),
  bodyFaults: (body) => lines(tellResponses(validateResponseBody(body))),
};

const messages: Client = {
  path: "/messages",
  request: ({ model, stream, rounds = [], say }) => ({
    model,
    stream,
    max_tokens: 4000,
    system: "Be brief.",
    messages: [
      ...rounds.flatMap((round) => [
        { role: "user", content: [{ type: "text", text: round.say }] },
        {
          role: "assistant",
          content: [
            ...(round.text === "" ? [] : [{ type: "text", text: round.text }]),
            ...round.calls.map(({ id, name, args }) => ({
              type: "tool_use",
              id,
              name,
              input: JSON.parse(args) as Json,
            })),
          ],
        },
        ...(round.calls.length === 0
          ? []
          : [
              {
                role: "user",
                content: round.calls.map(({ id }, n) => ({
                  type: "tool_result",
                  tool_use_id: id,
                  content: round.results[n] ?? "",
                })),
              },
            ]),
      ]),
      { role: "user", content: [{ type: "text", text: say }] },
    ],
    tools: TOOLS.map((name) => ({ name, input_schema: PARAMETERS })),
  }),
  stream: (sse) => readMessages(framesIn(sse)),
  body: (body) =>
    body["type"] === "error"
      ? readMessages([body])
      : readMessages([{ type: "whole", message: body }, { type: "message_stop" }]),
  faults: (sse) => lines(tellMessages(validateMessageStream(sse))),
  bodyFaults: (body) => lines(tellMessages(validateMessageBody(body))),
};

const chat: Client = {
  path: "/chat/completions",
  request: ({ model, stream, rounds = [], say }) => ({
    model,
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
    messages: [
      { role: "system", content: "Be brief." },
      ...rounds.flatMap((round) => [
        { role: "user", content: round.say },
        {
          role: "assistant",
          content: round.text === "" ? null : round.text,
          ...(round.calls.length > 0 && {
            tool_calls: round.calls.map(({ id, name, args }) => ({
              id,
              type: "function",
              function: { name, arguments: args },
            })),
          }),
        },
        ...round.calls.map(({ id }, n) => ({ role: "tool", tool_call_id: id, content: round.results[n] ?? "" })),
      ]),
      { role: "user", content: say },
    ],
    tools: TOOLS.map((name) => ({ type: "function", function: { name, parameters: PARAMETERS } })),
  }),
  stream: (sse) => readChat(framesIn(sse)),
  body: (body) => readChat(body["error"] === undefined ? [body, "[DONE]"] : [body]),
  faults: (sse) => readChatStream(sse, { usage: true }).problems,
  bodyFaults: (body) => readChatBody(body).problems,
};

export const CLIENTS: Readonly<Record<WireName, Client>> = { responses, messages, chat };
