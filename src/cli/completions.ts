/** Completions for shells, made of the table of commands and options. */
import { UsageError } from "./usage-error.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Options of each command, without their dashes. */
export type CommandTable = Readonly<Record<string, readonly string[]>>;

export function completions(shell: string, table: CommandTable): string {
  switch (shell) {
    case "bash":
      return bash(table);
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(table)}`;
    case "fish":
      return fish(table);
    default:
      throw new UsageError(`there are no completions for \`${shell}\`; there are some for: ${SHELLS.join(", ")}`);
  }
}

/** After an option with a value the shell's own completion of file names takes over. */
function bash(table: CommandTable): string {
  const cases = Object.entries(table).map(([name, flags]) => `    ${name}) words="${dashed(flags)}" ;;`);
  return `# juscode-shim: eval "$(juscode-shim completions bash)"
_juscode_shim() {
  local word=\${COMP_WORDS[COMP_CWORD]} words
  if [ "$COMP_CWORD" -eq 1 ] && [ "\${word#-}" = "$word" ]; then
    words="${Object.keys(table).join(" ")} help version"
  else
    case \${COMP_WORDS[1]} in
${cases.join("\n")}
    *) words="${dashed(table["serve"] ?? [])}" ;;
    esac
    [ "\${word#-}" = "$word" ] && words=
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _juscode_shim juscode-shim
`;
}

function dashed(flags: readonly string[]): string {
  return [...flags, "help"].map((flag) => `--${flag}`).join(" ");
}

function fish(table: CommandTable): string {
  const names = Object.keys(table);
  const unless = `not __fish_seen_subcommand_from ${names.join(" ")}`;
  return [
    "# juscode-shim: juscode-shim completions fish > ~/.config/fish/completions/juscode-shim.fish",
    `complete -c juscode-shim -n '${unless}' -f -a '${names.join(" ")} help version'`,
    ...(table["serve"] ?? []).map((flag) => `complete -c juscode-shim -n '${unless}' -l ${flag}`),
    ...names.flatMap((name) =>
      (table[name] ?? []).map((flag) => `complete -c juscode-shim -n '__fish_seen_subcommand_from ${name}' -l ${flag}`),
    ),
    "",
  ].join("\n");
}
