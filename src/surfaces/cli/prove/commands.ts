// Commands that measure the product and what it deployed.
import type { CommandSpec } from '../command.ts';
import { bookCommands } from './book-commands.ts';

export const proveCommands: readonly CommandSpec[] = [
  {
    name: 'bench',
    arguments: '[name]',
    summary: 'Measure speed beside a peer in one run, or what holds on each runtime (without a name: list what can be measured)',
    options: [
      { flags: '--rounds <count>', description: 'how often the contestants take turns' },
      { flags: '--deploys <count>', description: 'consecutive deploys (bench deploy)' },
      { flags: '--minutes <count>', description: 'how long memory is watched (bench gateway)' },
      {
        flags: '--runtime <name>',
        description: 'of these only (bench conformance), or on this one (bench deploy: process, swarm)',
        repeat: true,
      },
      { flags: '--set <key=value>', description: 'any other parameter of the bench', repeat: true },
      { flags: '--peers <dir>', description: 'where contestants from npm are installed (npm install --prefix DIR pm2)' },
      { flags: '--write <file>', description: "replace this bench's section of a Markdown page" },
      { flags: '--label <text>', description: 'write a section of its own under this name, beside the one without' },
    ],
    examples: [
      'codectl bench startup',
      'codectl bench deploy --deploys 100 --json',
      'codectl bench recover --write docs/benchmarks.md',
      'codectl bench conformance --runtime process',
      'codectl bench deploy --runtime swarm --deploys 1 --rounds 3',
    ],
    run: async (session, given) => (await import('./bench.ts')).bench(session, given),
  },
  ...bookCommands,
];
