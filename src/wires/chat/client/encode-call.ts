/** A finished call in the kind that its client declared. */
export type EncodedCall = { id: string; extra_content?: unknown } & (
  | { type: "function"; function: { name: string; arguments: string } }
  | { type: "custom"; custom: { name: string; input: string } }
);

/** The two deltas of a call: what it is, and then its whole text. What hangs on it comes with the first. */
export function callDeltas(call: EncodedCall, index: number): [object, object] {
  const { id, type, extra_content } = call;
  const extra = extra_content === undefined ? {} : { extra_content };
  if (call.type === "custom") {
    const { name, input } = call.custom;
    return [
      { index, id, type, custom: { name, input: "" }, ...extra },
      { index, custom: { input } },
    ];
  }
  const { name, arguments: text } = call.function;
  return [
    { index, id, type, function: { name, arguments: "" }, ...extra },
    { index, function: { arguments: text } },
  ];
}
