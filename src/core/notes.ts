/** What was changed or could not be repaired on the way through: for the log and the counters, never silent. */
export type NoteKind =
  | "patch_repaired" // A patch was repaired until it kept its grammar.
  | "patch_invalid" // A patch does not keep its grammar and went to the client as the model wrote it.
  | "grammar_unchecked" // A freeform call under a grammar that is not checked here.
  | "arguments_repaired" // Arguments that were nearly JSON were repaired, and fit the tool's schema.
  | "arguments_coerced" // Values in arguments became what the schema asks for, or were left out where they may be.
  | "arguments_invalid" // Arguments do not fit the tool's schema. What could not be repaired is sent as the model wrote it.
  /** The check of arguments was given up: the schema takes too much work, or cannot be read. They are sent unchanged. */
  | "arguments_unproved"
  | "call_healed" // A text tool call became a real tool call.
  | "call_left_as_text" // Something that looked like a call stayed text.
  | "residue_cut" // Control tokens, or orphan tags beside a call, that the upstream had left in the text were cut.
  | "name_repaired" // A tool call had a name that nobody declared, and that only one declared tool can mean.
  | "undeclared_tool" // The model called a tool that was not declared.
  | "prefix_broken" // The request does not begin with the thread's last one, so the upstream must read it anew.
  | "asked_again" // The same request was sent to the upstream again after a failure of this kind.
  | "waited_for_model" // The upstream was still loading the model, and was waited for.
  | "setting_dropped" // A setting that only tunes was refused by the upstream, and left out.
  | "foreign_reasoning" // What another model thought stayed away from this one.
  | "citations_lost" // Sources came when the text that names them was over, or are of a kind that has no address.
  /** The upstream replied in one piece where a stream was requested, or the other way round, and the reply was reshaped. */
  | "answer_reshaped"
  | "fell_back" // Another upstream took the place of one that failed.
  | "hosted_call_failed" // A search or another hosted call failed, which was reported to the model.
  | "not_stored" // A response that was to be stored could not be.
  | "history_shortened" // The oldest items of a history that was too long were left out, as the client had requested.
  | "history_repaired"; // The history was put into an order that upstreams accept.

export type TakeNote = (what: NoteKind, detail: string) => void;
