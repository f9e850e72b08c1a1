// `prove stress` and `prove scale`: how far what is deployed goes.
import type { CommandSpec, OptionSpec } from '../command.ts';
import { trialOptions } from './options.ts';

const limitOptions: readonly OptionSpec[] = [
  { flags: '--profile <name>', description: 'smoke, quick (default), standard or full: how long, and so how much can be claimed' },
  { flags: '--slo-p99 <time>', description: 'what the 99th percentile has to keep to (default: 100ms)' },
  { flags: '--slo-errors <share>', description: 'how many requests may fail (default: 1%)' },
  { flags: '--most <rate>', description: 'never more requests a second than this (default: 20000)' },
  { flags: '--route <host>', description: "host of one of the application's routes (default: the first)" },
  { flags: '--path <path>', description: "what is asked for (default: the route's path)" },
];

export const limitCommands: readonly CommandSpec[] = [
  {
    name: 'prove stress',
    arguments: '[application]',
    summary: 'Find the highest rate that holds, offer shares of it in seven phases, break it, and see whether it comes back',
    options: [
      ...limitOptions,
      { flags: '--availability <share>', description: 'what the nominal load is to show (default: 99.9%)' },
      { flags: '--abort-on <limit>', description: 'cpu=95%, memory=1Gi, disk=2Gi, errors=20%, in_flight=5000', repeat: true },
      ...trialOptions,
    ],
    examples: [
      'codectl prove stress shop --profile quick',
      'codectl prove stress shop --env staging --profile standard --slo-p99 200ms --abort-on memory=2Gi',
    ],
    run: async (session, given) => (await import('./limits.ts')).stress(session, given),
  },
  {
    name: 'prove scale',
    arguments: '<application> <service>',
    summary: 'Measure throughput at each number of replicas, how evenly they share it, and how quickly sizes change',
    options: [
      ...limitOptions,
      { flags: '--replicas <range>', description: 'sizes to measure (default: 1..4)' },
      { flags: '--users <count>', description: 'a closed loop of so many users at the end (default: 500; 0: none)' },
      ...trialOptions,
    ],
    examples: ['codectl prove scale shop api --replicas 1..4', 'codectl prove scale shop web --replicas 1..10 --profile standard --json'],
    run: async (session, given) => (await import('./scale.ts')).scale(session, given),
  },
];
