/** What was changed or could not be made good on the way through: for the log and the counters, never silent. */
export type NoteKind =
  /** A patch was normalised until it kept its grammar. */
  | "patch_repaired"
  /** A patch does not keep its grammar and went to the client as the model wrote it. */
  | "patch_invalid"
  /** A freeform call under a grammar that is not checked here. */
  | "grammar_unchecked"
  /** Arguments that were nearly JSON were mended, and fit the tool's schema. */
  | "arguments_repaired"
  /** Values in arguments became what the schema asks for, or were left out where they may be. */
  | "arguments_coerced"
  /** Arguments do not fit the tool's schema. What could not be repaired went to the client as the model wrote it. */
  | "arguments_invalid"
  /** Whether arguments fit was not found out: the tool's schema asks for too much work, or cannot be read. They went to the client as the model wrote them. */
  | "arguments_unproved"
  /** A call that stood in the text became a real one. */
  | "call_healed"
  /** Something that looked like a call stayed text. */
  | "call_left_as_text"
  /** The model called a tool that was not declared. */
  | "undeclared_tool"
  /** The request does not begin with the thread's last one, so the upstream must read it anew. */
  | "prefix_broken"
  /** The upstream was asked the same again after a failure of this kind. */
  | "asked_again"
  /** The upstream was still loading the model, and was waited for. */
  | "waited_for_model"
  /** A setting that only tunes was refused by the upstream, and left out. */
  | "setting_dropped"
  /** What another model thought stayed away from this one. */
  | "foreign_reasoning"
  /** Sources came when the text that names them was over, or are of a kind that has no address. */
  | "citations_lost"
  /** The upstream answered in one piece where a stream was asked for, or the other way round, and was carried over. */
  | "answer_reshaped"
  /** Another upstream took the place of one that failed. */
  | "fell_back"
  /** A search or another hosted call failed, and the model was told. */
  | "hosted_call_failed"
  /** An answer that was to be stored could not be. */
  | "not_stored"
  /** The oldest items of a history that was too long were left out, as the client had asked. */
  | "history_shortened"
  /** The history was put into an order that upstreams accept. */
  | "history_repaired";

export type TakeNote = (what: NoteKind, detail: string) => void;
