import type { Command, Option } from 'commander';

export interface CompletionOptions {
  readonly shell: 'bash' | 'zsh';
  /** The file that runs the command line. */
  readonly main: string;
}

/** What may follow one command: `node put`. */
interface Place {
  /** The words that lead there; empty for the program itself. */
  readonly path: string;
  readonly words: readonly string[];
}

const NAME = 'orchestrator';

/** The completion of a program's commands, options and the values that options are limited to, made from the program itself. */
export function completionScript(program: Command, { shell, main }: CompletionOptions): string {
  const places = placesOf(program, '');
  const values = [...new Map(places.flatMap(({ choices }) => choices)).entries()];
  const commands = places.filter(({ path }) => path !== '').map(({ path }) => quote(path));
  return `# Completion of ${NAME}, made by its own "completion ${shell}".
${shell === 'zsh' ? 'autoload -U +X compinit && compinit -C\nautoload -U +X bashcompinit && bashcompinit\n' : ''}\
${NAME}() { node ${quote(main)} "$@"; }

_${NAME}() {
  local path= word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${commands.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
${values.map(([flag, choices]) => `    ${flag}) words=${quote(choices.join(' '))} ;;`).join('\n')}
    *)
      case "$path" in
${places.map(({ path, words }) => `        ${quote(path)}) words=${quote(words.join(' '))} ;;`).join('\n')}
      esac
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${NAME} ${NAME}
`;
}

function placesOf(
  command: Command,
  path: string,
): (Place & { readonly choices: readonly [string, readonly string[]][] })[] {
  const flags = command.options.flatMap(({ long }) => long ?? []);
  const inner = command.commands.flatMap((one) => [one.name(), ...one.aliases()].map((name) => [name, one] as const));
  const here = {
    path,
    words: [...inner.map(([name]) => name), ...argumentsOf(command), ...flags, '--help'],
    choices: command.options.flatMap(choicesOf),
  };
  return [here, ...inner.flatMap(([name, one]) => placesOf(one, path === '' ? name : `${path} ${name}`))];
}

function argumentsOf(command: Command): readonly string[] {
  return command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
}

function choicesOf({ long, argChoices }: Option): [string, readonly string[]][] {
  return long == null || argChoices === undefined ? [] : [[long, argChoices]];
}

/** A word of the shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
