/** Shell completions, made from the tables of commands and options. */
import { COMMAND_NAMES, COMMANDS, optionsOf, SHELLS, type CommandName, type CommandRow } from "./commands.ts";
import { FLAGS, namesIn, type Flag, type FlagRow } from "./flags.ts";
import { UsageError } from "./usage-error.ts";

const NAMES = [...COMMAND_NAMES, "help", "version"];

export function completions(shell: string): string {
  switch (shell) {
    case "bash":
      return bash();
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bash()}`;
    case "fish":
      return fish();
    default:
      throw new UsageError(`no completions for \`${shell}\`; use one of: ${SHELLS.join(", ")}`);
  }
}

/** Words that can follow the command, or the option. */
const offersOf = (name: CommandName): readonly string[] => {
  const { offers = [] }: CommandRow = COMMANDS[name];
  return offers;
};
const valuesOf = (flag: Flag): readonly string[] => {
  const { words, offers }: FlagRow = FLAGS[flag];
  return words ?? offers ?? [];
};

/** After another option with a value, and for other words, the shell's own completion of file names takes over. */
function bash(): string {
  const flags = namesIn(FLAGS);
  const values = flags.filter((flag) => valuesOf(flag).length > 0);
  const others = flags.filter((flag) => FLAGS[flag].type === "string" && !values.includes(flag));
  const dashed = (flag: Flag): string => {
    const { short }: FlagRow = FLAGS[flag];
    return short === undefined ? `--${flag}` : `--${flag}|-${short}`;
  };
  const options = (name: CommandName): string => Array.from(optionsOf(name).keys(), (flag) => `--${flag}`).join(" ");
  return `# juscode-shim: eval "$(juscode-shim completions bash)"
_juscode_shim() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words= first=
  case $before in
${values.map((flag) => `    ${dashed(flag)}) words="${valuesOf(flag).join(" ")}" ;;`).join("\n")}
    ${others.map(dashed).join("|")}) ;;
    *)
      case \${COMP_WORDS[1]} in
${COMMAND_NAMES.map((name) => `        ${name}) words="${options(name)}" first="${offersOf(name).join(" ")}" ;;`).join("\n")}
        help) first="${COMMAND_NAMES.join(" ")}" ;;
        *) words="${options("serve")}" ;;
      esac
      if [ "\${word#-}" = "$word" ]; then
        words=
        [ "$COMP_CWORD" -eq 1 ] && words="${NAMES.join(" ")}"
        [ "$COMP_CWORD" -eq 2 ] && words=$first
      fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _juscode_shim juscode-shim
`;
}

function fish(): string {
  const none = `not __fish_seen_subcommand_from ${COMMAND_NAMES.join(" ")}`;
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
  const option = (condition: string, flag: Flag, purpose: string | undefined): string => {
    const { short, type, help }: FlagRow = FLAGS[flag];
    const words = valuesOf(flag);
    const value = type === "boolean" ? "" : words.length === 0 ? " -r" : ` -x -a ${quoted(words.join(" "))}`;
    const names = `${short === undefined ? "" : ` -s ${short}`} -l ${flag}${value}`;
    return `complete -c juscode-shim -n ${quoted(condition)}${names} -d ${quoted(purpose ?? help)}`;
  };
  const ofCommand = (name: CommandName): string[] => {
    const condition = `__fish_seen_subcommand_from ${name}`;
    const words = offersOf(name);
    const first = `complete -c juscode-shim -n ${quoted(condition)} -f -a ${quoted(words.join(" "))}`;
    const options = Array.from(optionsOf(name), ([flag, purpose]) => option(condition, flag, purpose));
    return words.length === 0 ? options : [first, ...options];
  };
  return [
    "# juscode-shim: juscode-shim completions fish > ~/.config/fish/completions/juscode-shim.fish",
    `complete -c juscode-shim -n ${quoted(none)} -f -a ${quoted(NAMES.join(" "))}`,
    ...Array.from(optionsOf("serve"), ([flag, purpose]) => option(none, flag, purpose)),
    ...COMMAND_NAMES.flatMap(ofCommand),
    "",
  ].join("\n");
}
