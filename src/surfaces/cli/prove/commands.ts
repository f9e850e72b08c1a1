// Commands that measure the product and what it deployed.
import type { CommandSpec } from '../command.ts';
import { limitCommands } from './limit-commands.ts';
import { loadCommands } from './load-commands.ts';
import { trialOptions } from './options.ts';
import { securityCommand } from './security-command.ts';

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
  ...loadCommands,
  {
    name: 'prove chaos',
    arguments: '[application]',
    summary: 'Break what is deployed on purpose, see that it really broke, undo it, and measure how soon it is good again',
    options: [
      {
        flags: '--experiment <name>',
        description: 'a built-in one or a file (default: a null run, then partition, crash, memory, latency, cascading)',
        repeat: true,
      },
      { flags: '--lasts <time>', description: 'how long each fault lasts (default: as the experiment says)' },
      { flags: '--before <time>', description: 'how long it is watched first (default: 10s)' },
      { flags: '--good <time>', description: 'so long without a bad window is recovered (default: 10s)' },
      {
        flags: '--repeats <number>',
        description: 'all of them so often: the longest recovery counts, and from five on the median is told (default: 1)',
      },
      { flags: '--rate <number>', description: 'requests a second meanwhile (default: 250)' },
      { flags: '--slo-p99 <time>', description: 'a window with a higher p99 is bad (default: 500ms)' },
      { flags: '--service <name>', description: 'whose instances (default: of the service that the route leads to)' },
      { flags: '--route <host>', description: "host of one of the application's routes (default: the first)" },
      { flags: '--path <path>', description: "what is asked for (default: the route's path)" },
      { flags: '--undo', description: 'take back what a trial left broken that was killed, and do nothing else' },
      ...trialOptions,
    ],
    examples: [
      'codectl prove chaos shop',
      'codectl prove chaos shop --experiment crash --lasts 5s --json',
      'codectl prove chaos shop --experiment ./experiments.yaml --repeats 5',
      'codectl prove chaos --undo',
    ],
    run: async (session, given) => (await import('./chaos.ts')).chaos(session, given),
  },
  ...limitCommands,
  securityCommand,
];
