// Makes the command line's grammar and help out of the commands' descriptions.
import { Command, Option } from 'commander';
import type { CommandSpec, Given, Groups, OptionSpec } from '../command.ts';
import { givenFrom } from '../command.ts';

export type Chosen = (spec: CommandSpec, given: Given, shared: Readonly<Record<string, unknown>>) => Promise<void>;

export interface ProgramOutput {
  readonly write: (text: string) => void;
  readonly columns: number | undefined;
}

export const sharedOptions: readonly OptionSpec[] = [
  { flags: '--json', description: 'print JSON: one document, or one a line for streams' },
  { flags: '--home <dir>', description: 'where the engine keeps its things (default: $CODE_HOME, else ~/.codectl)' },
  { flags: '--host <url>', description: "a daemon elsewhere, instead of this machine's" },
  { flags: '--token-file <file>', description: 'token for --host' },
  { flags: '--quiet', description: 'print no progress' },
  { flags: '--no-color', description: 'print no colours (also: $NO_COLOR)' },
];

export function createProgram(specs: readonly CommandSpec[], groups: Groups, chosen: Chosen, { write, columns }: ProgramOutput): Command {
  const program = new Command('codectl')
    .description('CODE, the Claude Optimized Deployment Engine: declare services, ship them with proof.')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, ...(columns === undefined ? {} : { helpWidth: columns }) })
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  $ codectl init && codectl up && codectl deploy\n  $ codectl deploy --help');
  for (const option of sharedOptions) program.addOption(new Option(option.flags, option.description));
  const parents = new Map<string, Command>();
  for (const spec of specs) {
    const [first = '', second] = spec.name.split(' ');
    // A command may have others below it: `routes`, `routes pause`.
    if (second === undefined) parents.set(first, addCommand(program, first, spec, chosen));
    else addCommand(parentOf(program, parents, first, groups[first] ?? ''), second, spec, chosen);
  }
  return program;
}

function parentOf(program: Command, parents: Map<string, Command>, name: string, summary: string): Command {
  const known = parents.get(name);
  if (known) return known;
  const parent = program.command(name).description(summary).helpCommand(false);
  parents.set(name, parent);
  return parent;
}

function addCommand(parent: Command, name: string, spec: CommandSpec, chosen: Chosen): Command {
  const command = parent
    .command(`${name}${spec.arguments === undefined ? '' : ` ${spec.arguments}`}`)
    .description(spec.summary)
    .addHelpText(
      'after',
      `\n${spec.examples.length > 1 ? 'Examples' : 'Example'}:\n${spec.examples.map((one) => `  $ ${one}`).join('\n')}`,
    );
  for (const { flags, description, repeat, hidden } of spec.options ?? []) {
    const option = new Option(flags, description).hideHelp(hidden === true);
    if (repeat) option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
    command.addOption(option);
  }
  command.action(() => chosen(spec, givenFrom(positional(command), command.opts()), command.optsWithGlobals()));
  return command;
}

/** Optional and repeated arguments come as they stood, without gaps. */
function positional(command: Command): readonly string[] {
  return command.processedArgs.flat().filter((one): one is string => typeof one === 'string');
}
