/** Source of ids. Injected, so that tests get the same ids every time and the shim gets random ones. */
export interface IdSource {
  /** A string of 32 hexadecimal digits that was never given before. */
  next(): string;
}
