/**
 * Wordings are data, one a line: `{}` where a name or a value stands, figures as examples. Words are let into the log by
 * their neighbours (see known-words), so that a line serves for all that is said in part like it.
 */
export function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
