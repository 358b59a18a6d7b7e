/**
 * Labels of metrics that come from outside: each new one costs memory here and in Prometheus for ever, so only the first
 * ones are kept apart.
 */
import { printable } from "../../core/printable.ts";

const OTHER = "other";

export class BoundedNames {
  private readonly known = new Set<string>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  of(given: string): string {
    const name = printable(given);
    if (this.known.has(name)) return name;
    if (this.known.size >= this.most || name.length > 200) return OTHER;
    this.known.add(name);
    return name;
  }
}

/** `tools[3].strict` → `tools[].strict`: which one it was says nothing. */
export function fieldLabel(field: string): string {
  return field.replaceAll(/\[\d+\]/g, "[]");
}
