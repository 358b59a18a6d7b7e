/** Doctor's requests to models. Each has one right answer that any useful model can give, and costs little. */
import { asList, type Json } from "../upstreams/model-list.ts";

const MOST_TOKENS = 2048; // Enough for a model that thinks first, and a bound for the cost of a chatty one.

export const COUNT = "Count from 1 to 30, the numbers separated by single spaces, and write nothing else.";
export const CALL = "Call the tool read_file with the path notes/hello.txt. Do not answer in words.";
export const CALL_TWICE =
  "Call the tool read_file twice at once: with the path a.txt, and with the path b.txt. Do not answer in words.";
export const PATCH =
  "Call the tool apply_patch once, so that it adds the file hello.txt with the one line: hello. Do not answer in words.";
export const DESCRIBE = "Describe a ripe tomato: its colour, in one word, and how many legs it has.";
export const LOOK = "Which colour fills this picture? Answer with that one word.";
export const THINK = 'How often does the letter "r" occur in "strawberry raspberry"? Answer with the number alone.';
export const RECALL = "What is the password that the first line tells? Answer with that one word.";

/** Words that no model would say by itself. */
export const WORDS = { "notes/hello.txt": "kumquat", "a.txt": "marzipan", "b.txt": "zeppelin" } as const;
export const PASSWORD = "quincunx";

const objectSchema = (properties: Json): Json => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const READ_FILE = {
  type: "function",
  name: "read_file",
  description: "Reads a file of the project and returns its text.",
  strict: false,
  parameters: objectSchema({ path: { type: "string", description: "Path of the file." } }),
};

const APPLY_PATCH = {
  type: "custom",
  name: "apply_patch",
  description:
    "Edits files. A patch that adds one file looks like this:\n*** Begin Patch\n*** Add File: path/to/file.txt\n+every line begins with a plus\n*** End Patch",
  format: {
    type: "grammar",
    syntax: "lark",
    definition:
      'start: begin_patch hunk+ end_patch\nbegin_patch: "*** Begin Patch" LF\nend_patch: "*** End Patch" LF?\nhunk: add_hunk\nadd_hunk: "*** Add File: " filename LF add_line+\nfilename: /(.+)/\nadd_line: "+" /(.*)/ LF\n%import common.LF',
  },
};

const user = (text: string, ...more: Json[]): Json => ({
  type: "message",
  role: "user",
  content: [{ type: "input_text", text }, ...more],
});

const short = (input: Json[], more: Json = {}): Json => ({
  instructions: "You are being tested. Do exactly what the user asks.",
  input,
  max_output_tokens: MOST_TOKENS,
  // Thoughts come back with the next request, as those of agents do.
  include: ["reasoning.encrypted_content"],
  ...more,
});

const TOOLS = { tools: [READ_FILE], tool_choice: "auto", parallel_tool_calls: true };

export const counting = (): Json => short([user(COUNT)]);
export const calling = (choice: "auto" | "required" = "auto"): Json =>
  short([user(CALL)], { ...TOOLS, tool_choice: choice });
export const callingTwice = (): Json => short([user(CALL_TWICE)], TOOLS);
export const patching = (): Json => short([user(PATCH)], { tools: [READ_FILE, APPLY_PATCH], tool_choice: "auto" });
export const thinking = (effort: string): Json => short([user(THINK)], { reasoning: { effort, summary: "auto" } });
export const looking = (): Json => short([user(LOOK, { type: "input_image", image_url: RED, detail: "low" })]);

/** The next request of the thread: what the model said and thought, and what the tool gives. */
export function goingOn(asked: Json, output: readonly Json[]): Json {
  const calls = output.filter(({ type }) => type === "function_call");
  const results = calls.map(({ call_id, arguments: args }) => ({
    type: "function_call_output",
    call_id,
    output: textOfFile(args),
  }));
  return { ...asked, tool_choice: "auto", input: [...asList(asked["input"]), ...output, ...results, user(ANSWER)] };
}

export const ANSWER = "Now answer in words: which word does each file that you have read tell? Call no tool.";

function textOfFile(args: unknown): string {
  const [, word = "nothing"] = Object.entries(WORDS).find(([path]) => String(args).includes(path)) ?? [];
  return `The word is: ${word}`;
}

const TOMATO = objectSchema({ colour: { type: "string" }, legs: { type: "integer" } });

export const describing = (): Json =>
  short([user(DESCRIBE)], { text: { format: { type: "json_schema", name: "tomato", strict: true, schema: TOMATO } } });

/** A prompt of about so many characters that asks for its first line at its end. */
export function remembering(characters: number): Json {
  const lines: string[] = [`The password is ${PASSWORD}. Remember it.`];
  for (let size = 0, number = 1; size < characters; number++) {
    const line = `${number}. ${SENTENCES[number % SENTENCES.length]}`;
    size += line.length + 1;
    lines.push(line);
  }
  return short([user(`${lines.join("\n")}\n\n${RECALL}`)]);
}

const SENTENCES = [
  "The ferry left the harbour a little before noon, and nobody waved.",
  "Her brother keeps seven goats behind the old railway station.",
  "In winter the windows of the library are covered with frost.",
  "They painted the fence green, although it had been green before.",
  "A map of the valley hangs crooked on the kitchen wall.",
];

/** A red square of 64 × 64. */
const RED =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAS0lEQVR42u3PQQkAAAgAsetfWiP4FgYrsKZeS0BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEDgsqnc8OJg6Ln3AAAAAElFTkSuQmCC";
