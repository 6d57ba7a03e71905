import type { CompletionRow } from './completion-words.ts';

/** The script for a shell, which asks rundlet for nothing while it completes; undefined for another shell. Pure. */
export function completionScript(
  shell: string,
  rows: ReadonlyMap<string, CompletionRow>,
): string | undefined {
  if (shell === 'bash') return bashScript(rows);
  if (shell === 'zsh') {
    return `#compdef rundlet\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(rows)}`;
  }
  return shell === 'fish' ? fishScript(rows) : undefined;
}

/** A flag's value and what no table knows are file names. */
function bashScript(rows: ReadonlyMap<string, CompletionRow>): string {
  const cases = [...rows].map(([command, { words, flags }]) => {
    const line = (list: readonly string[]) => `'${list.join(' ')}'`;
    const names = line(words.map(({ word }) => word));
    return `    '${command}') words=${names} flags=${line(flags.map(({ flag }) => flag))} ;;`;
  });
  return `_rundlet() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command= words= flags= word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in -*) continue ;; esac
    case $command in
      '' | ${[...rows].flatMap(([command, { words }]) => (command !== '' && words.length > 0 ? [command] : [])).join(' | ')}) command="\${command:+$command }$word" ;;
    esac
  done
  case $command in
${cases.join('\n')}
  esac
  case $cur in -*) words="$flags --help" ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _rundlet rundlet
`;
}

function fishScript(rows: ReadonlyMap<string, CompletionRow>): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const lines = [...rows].flatMap(([command, { words, flags }]) => {
    const [first, second] = command.split(' ');
    const inside = second ? `seen ${first}; and __rundlet_seen ${second}` : `seen ${first}`;
    const when = command === '' ? '__fish_use_subcommand' : `__rundlet_${inside}`;
    return [
      ...words.map(
        ({ word, summary }) =>
          `complete -c rundlet -f -n ${quoted(when)} -a ${word} -d ${quoted(summary)}`,
      ),
      ...flags.map(
        ({ flag, summary }) =>
          `complete -c rundlet -n ${quoted(when)} -l ${flag.slice(2)} -d ${quoted(summary)}`,
      ),
    ];
  });
  return `function __rundlet_seen\n  contains -- $argv[1] (commandline -opc)\nend\n${lines.join('\n')}\n`;
}
