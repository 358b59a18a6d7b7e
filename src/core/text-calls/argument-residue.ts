/** Residue in the arguments of a structured call: behind them, or within their last string. It must not reach a tool. */
import { parseObject } from "../arguments.ts";
import { RESIDUE_WORDS } from "./residue.ts";

/** Residue is no longer, with what stands between it. In characters. */
const LONGEST_TAIL = 2000;
/** What closes the last string and all that is open around it. */
const CLOSING = /"[\s}\]]*$/;
/** Tags that close a value or a call, the last of them perhaps cut. Those of plain markup may be what is written to a file. */
const TAGS =
  /(?:<\/[ ]?[｜|‖]{1,2}DSML[｜|‖]{1,2}[ ]?\w{0,20}[ ]?>?(?:\\[nrt]|\s)*|<\|(?:im_end|endoftext|eot_id|end|return|call)\|>(?:\\[nrt]|\s)*)+$/;
/** A text that opens what these close is a text about them. */
const OPENED = /<[ ]?[｜|‖]{1,2}DSML|<\|im_start\|>|<\|start\|>|<\|begin_of_text\|>/;

/** The arguments without it; undefined where there is none, or they are no JSON without it either. */
export function withoutResidue(args: string): string | undefined {
  const tail = args.slice(-LONGEST_TAIL);
  if (!tail.includes("<") && !tail.includes("[")) return undefined;
  return behindObject(args) ?? withinString(args);
}

/** `{"cmd":"ls"}<|im_end|>`. */
function behindObject(args: string): string | undefined {
  let text = args.trimEnd();
  const start = text.length;
  for (;;) {
    const word = RESIDUE_WORDS.find((each) => text.endsWith(each));
    if (word === undefined || start - text.length > LONGEST_TAIL) break;
    text = text.slice(0, -word.length).trimEnd();
  }
  return text.length < start && text.endsWith("}") && parseObject(text) ? text : undefined;
}

/** `{"cmd":"ls</｜DSML｜parameter>"}`, also where the string is not closed. */
function withinString(args: string): string | undefined {
  const from = Math.max(0, args.length - LONGEST_TAIL);
  const tail = args.slice(from);
  const closing = CLOSING.exec(tail)?.[0] ?? "";
  const within = tail.slice(0, tail.length - closing.length);
  const tags = TAGS.exec(within)?.[0];
  if (tags === undefined) return undefined;
  const head = args.slice(0, from) + within.slice(0, within.length - tags.length);
  if (OPENED.test(head)) return undefined;
  const text = head + (closing === "" ? '"}' : closing);
  return parseObject(text) ? text : undefined;
}
