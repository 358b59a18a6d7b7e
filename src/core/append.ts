/** Adds all of them. As arguments of one call (`push(...more)`) a long list is more than the stack has room for. */
export function append<T>(list: T[], more: Iterable<T>): void {
  for (const each of more) list.push(each);
}

/** Undefined for none. */
export function leastOf(numbers: Iterable<number>): number | undefined {
  let least: number | undefined;
  for (const each of numbers) if (least === undefined || each < least) least = each;
  return least;
}
