/** Histories that are not as a host would have them, and failures. */
import type { Json } from "../../response-rules.ts";
import type { Wish } from "../replies.ts";
import type { FailureName } from "../types.ts";
import * as items from "./items.ts";
import { user, developer, assistant, call, result } from "./items.ts";
import { text, DONE } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";

export const HISTORIES: readonly Scenario[] = [
  {
    id: "late-developer",
    about: "the developer speaks between",
    turns: [
      { input: [user("Say hi.")], wish: text("Hi.") },
      { input: [developer("Now in French."), user("Again.")], wish: text("Salut."), reaches: ["Now in French."] },
    ],
  },
  {
    id: "two-users",
    about: "several developer and user messages in a row",
    turns: [
      {
        input: [
          developer("Mind the sandbox."),
          user("<environment_context>here</environment_context>"),
          user("Say hi."),
        ],
        wish: text("Hi."),
        reaches: ["Mind the sandbox.", "environment_context", "Say hi."],
      },
    ],
  },
  {
    id: "user-after-result",
    about: "the user speaks right after a result",
    turns: [
      {
        input: [
          user("Look."),
          call("exec_command", '{"cmd":"ls"}', "call_1"),
          result("call_1", "a.txt"),
          user("Stop, what did you see?"),
        ],
        wish: text("One file."),
        reaches: ["a.txt", "Stop, what"],
      },
    ],
  },
  {
    id: "no-result",
    about: "a call that the user interrupted",
    turns: [
      {
        input: [
          user("Look."),
          call("exec_command", '{"cmd":"sleep 9"}', "call_1"),
          user("<turn_aborted>I stopped it.</turn_aborted>"),
          user("Go on."),
        ],
        wish: DONE,
        reaches: ["turn_aborted"],
      },
    ],
  },
  {
    id: "parallel-history",
    about: "two calls of one answer in the history",
    turns: [
      {
        input: [
          user("Look."),
          assistant("I look at both."),
          call("exec_command", '{"cmd":"cat a"}', "call_1"),
          call("exec_command", '{"cmd":"cat b"}', "call_2"),
          result("call_1", "text of a"),
          result("call_2", "text of b"),
          user("Go on."),
        ],
        wish: DONE,
        reaches: ["text of a", "text of b"],
      },
    ],
  },
  {
    id: "broken-arguments",
    about: "a call in the history whose arguments are no JSON",
    turns: [
      {
        input: [
          user("Look."),
          call("exec_command", '{"cmd": "ls', "call_1"),
          result("call_1", "failed to parse"),
          assistant("I try again."),
          user("Do."),
        ],
        wish: DONE,
        reaches: ["failed to parse"],
      },
    ],
  },
  {
    id: "empty-arguments",
    about: "a call in the history without arguments",
    turns: [
      {
        input: [user("Look."), call("exec_command", "", "call_1"), result("call_1", "nothing"), user("Go on.")],
        wish: DONE,
        reaches: ["nothing"],
      },
    ],
  },
  {
    id: "long-ids",
    about: "ids of calls longer than 40 characters",
    turns: [
      {
        input: [
          user("Look."),
          call("exec_command", '{"cmd":"ls"}', `call_${"0123456789".repeat(6)}`),
          result(`call_${"0123456789".repeat(6)}`, "a.txt"),
          user("Go on."),
        ],
        wish: DONE,
        reaches: ["a.txt"],
      },
    ],
  },
  {
    id: "moved-thread",
    about: "a thread that another model began",
    request: { reasoning: { effort: "high", summary: "auto" } },
    turns: [
      {
        input: [
          user("Look."),
          items.reasoningOf("gAAAAsealed-by-openai"),
          call("exec_command", '{"cmd":"ls"}', "call_1"),
          result("call_1", "a.txt"),
          items.ourReasoning("thought elsewhere", "another-model"),
          assistant("One file."),
          user("And now?"),
        ],
        wish: { think: "My own thought.", say: "Done." },
        reaches: ["a.txt", "One file."],
        hidden: ["sealed-by-openai", "thought elsewhere"],
      },
      { input: [user("More?")], wish: text("No.") },
    ],
  },
];

const fails = (id: string, about: string, name: FailureName | "cut", wish: Wish, request: Json = {}): Scenario => ({
  id,
  about,
  request: { tools: [], ...request },
  turns: [{ input: [user("Say hi.")], wish }],
  ends: { fails: name },
});

export const FAILURES: readonly Scenario[] = [
  fails("overflow", "the prompt is too long", "overflow", { fails: "overflow" }),
  fails("rate-limit", "too many requests", "rate_limit", { fails: "rate_limit" }),
  fails("wrong-key", "the key is wrong", "wrong_key", {}),
  fails("unknown-model", "no such model", "unknown_model", {}, { model: "nobody" }),
  fails("cut-stream", "the stream ends in the middle", "cut", { say: "Hello there, friend.", fails: "cut" }),
  fails("error-in-stream", "an error inside the stream", "in_stream", {
    say: "Hello there, friend.",
    fails: "in_stream",
  }),
];
