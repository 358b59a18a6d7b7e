/** Names that clients send: each must mean one thing, whatever the case of its letters. */
import { isPrintable } from "../../core/printable.ts";
import type { ConfiguredModel } from "./config-file.ts";
import type { Setting } from "./findings.ts";

interface Name {
  name: string;
  setting: Setting;
}

export function checkNames(
  providers: readonly string[],
  models: readonly ConfiguredModel[],
  routes: readonly string[],
  root: Setting,
): void {
  distinct(providers.map((name) => ({ name, setting: root.at("model_providers", name) })));
  const names: Name[] = [
    ...models.flatMap(({ name, aliases }): Name[] => [
      { name, setting: root.at("models", name) },
      ...aliases.map((alias, index) => ({ name: alias, setting: root.at("models", name, "aliases", index) })),
    ]),
    ...routes.map((name) => ({ name, setting: root.at("routes", name) })),
  ];
  const fix = "leave out blanks at its ends, line breaks, and invisible characters";
  for (const { name, setting } of names)
    if (name === "" || name !== name.trim() || !isPrintable(name))
      setting.problem("is not a name that a client could send", fix);
  distinct(names);
}

function distinct(names: readonly Name[]): void {
  const seen = new Map<string, Name>();
  for (const { name, setting } of names) {
    const first = seen.get(name.toLowerCase());
    if (!first) seen.set(name.toLowerCase(), { name, setting });
    else {
      const what =
        first.name === name
          ? "is the name of something else too"
          : `differs from ${JSON.stringify(first.name)} only in the case of its letters`;
      setting.problem(what, "names match without regard to case; choose another one");
    }
  }
}
