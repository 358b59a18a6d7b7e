/** The greatest number up to `most` for which it holds; it holds for 0, and for all below one for which it holds. */
export function greatest(most: number, holds: (number: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
