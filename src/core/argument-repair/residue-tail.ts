/**
 * Tags of templates at the end of a string, which may be residue of a server: it is cut from the last string of finished
 * arguments, so that it must not go out before something follows that shows that it is text.
 */

/** More is text. In characters. */
const LONGEST = 300;
/** Tags with a bar, the last perhaps cut, and what closes the last string and all around it. */
const RUN = /(?:<\/?[ ]?[｜|‖][^<>"\\]{0,40}>?(?:\\[nrt]|\s)*)*(?:<\/?[ ]?(?=$))?(?:"[\s}\]]*)?/y;

/** Where the part of the text begins that may be residue at its end; its length where there is none. */
export function residueTail(text: string): number {
  let at = text.indexOf("<", Math.max(0, text.length - LONGEST));
  while (at !== -1) {
    RUN.lastIndex = at;
    RUN.test(text);
    if (RUN.lastIndex === text.length) return at;
    at = text.indexOf("<", Math.max(RUN.lastIndex, at + 1));
  }
  return text.length;
}
