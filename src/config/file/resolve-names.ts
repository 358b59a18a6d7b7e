/** Names that clients call: each must mean one thing, whatever the case of its letters. */
import { isPrintable } from "../../core/printable.ts";
import type { ConfiguredModel } from "./config-file.ts";
import type { Findings } from "./findings.ts";
import type { KeyPath } from "../../core/toml-positions.ts";

interface Name {
  name: string;
  path: KeyPath;
}

export function checkNames(
  providers: readonly string[],
  models: readonly ConfiguredModel[],
  routes: readonly string[],
  found: Findings,
): void {
  distinct(
    providers.map((name) => ({ name, path: ["model_providers", name] })),
    found,
  );
  const called: Name[] = [
    ...models.flatMap(({ name, aliases }): Name[] => [
      { name, path: ["models", name] },
      ...aliases.map((alias, index) => ({ name: alias, path: ["models", name, "aliases", index] })),
    ]),
    ...routes.map((name) => ({ name, path: ["routes", name] })),
  ];
  for (const each of called) checkCharacters(each, found);
  distinct(called, found);
}

function distinct(names: readonly Name[], found: Findings): void {
  const seen = new Map<string, Name>();
  for (const each of names) {
    const first = seen.get(each.name.toLowerCase());
    seen.set(each.name.toLowerCase(), first ?? each);
    if (!first) continue;
    const how =
      first.name === each.name
        ? "is the name of something else too"
        : `differs from ${JSON.stringify(first.name)} only in the case of its letters`;
    found.problem(each.path, how, "names match without regard to case; choose another one");
  }
}

function checkCharacters({ name, path }: Name, found: Findings): void {
  if (name !== "" && name === name.trim() && isPrintable(name)) return;
  const fix = "leave out blanks at its ends, line breaks, and characters that cannot be seen";
  found.problem(path, "is no name that a client could ask for", fix);
}
