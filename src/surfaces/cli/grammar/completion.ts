// Completion scripts for shells, made from the same descriptions as the grammar.
import { CodeError } from '../../../base/errors.ts';
import type { CommandSpec, Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { sharedOptions } from './program.ts';

export async function completion({ out }: Session, given: Given, commands: readonly CommandSpec[]): Promise<number> {
  const [shell = ''] = given.arguments;
  const shared = sharedOptions.map(({ flags }) => longName(flags));
  const script = scriptFor(shell, nodesOf(commands, shared));
  out.document({ shell, script });
  out.text(script);
  return exit.ok;
}

/** What may follow a path of words: `''`, `deploy`, `token`, `token create`. */
export interface CompletionNode {
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly summary: string }[];
}

export function nodesOf(commands: readonly CommandSpec[], shared: readonly string[]): readonly CompletionNode[] {
  const root = new Map<string, string>();
  const nested = new Map<string, { word: string; summary: string }[]>();
  for (const { name, summary } of commands) {
    const [first = '', second] = name.split(' ');
    if (second === undefined) root.set(first, summary);
    else {
      root.set(first, root.get(first) ?? `${first} …`);
      nested.set(first, [...(nested.get(first) ?? []), { word: second, summary }]);
    }
  }
  const options = ({ options = [] }: CommandSpec) => [...options.map(({ flags }) => longName(flags)), ...shared];
  return [
    { path: '', words: [...root].map(([word, summary]) => ({ word, summary })) },
    ...[...nested].map(([path, words]) => ({ path, words })),
    ...commands.map((spec) => ({ path: spec.name, words: options(spec).map((word) => ({ word, summary: '' })) })),
  ];
}

/** Errors: `usage`. */
export function scriptFor(shell: string, nodes: readonly CompletionNode[]): string {
  switch (shell) {
    case 'bash':
      return `${wordLists(nodes)}\ncomplete -F _codectl codectl`;
    case 'zsh':
      return `#compdef codectl\nautoload -U +X bashcompinit && bashcompinit\n${wordLists(nodes)}\ncomplete -F _codectl codectl`;
    case 'fish':
      return fishLines(nodes).join('\n');
    default:
      throw new CodeError('usage', `There is no completion for ${JSON.stringify(shell)}.`, { hint: 'Use bash, zsh or fish.' });
  }
}

/** The words that are no options, joined, name what may follow; an option's value does no harm, since it names nothing. */
function wordLists(nodes: readonly CompletionNode[]): string {
  const cases = nodes.map(({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`);
  return `_codectl() {
  local word path='' words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}`;
}

function fishLines(nodes: readonly CompletionNode[]): readonly string[] {
  return nodes.flatMap(({ path, words }) => {
    const condition =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((one) => `__fish_seen_subcommand_from ${one}`)
            .join('; and ');
    return words.map(({ word, summary }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c codectl -n '${condition}' ${what}${summary === '' ? '' : ` -d '${summary.replaceAll("'", '’')}'`}`;
    });
  });
}

/** `-f, --file <path>` → `--file` */
function longName(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}
