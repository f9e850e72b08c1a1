// `prove load`, and what makes its scenarios.
import type { CommandSpec } from '../command.ts';
import { trialOptions } from './options.ts';

export const loadCommands: readonly CommandSpec[] = [
  {
    name: 'prove load',
    arguments: '[application]',
    summary: 'Send requests on schedule through the gateway, and measure from when each should have left',
    options: [
      { flags: '--rate <number>', description: 'arrivals a second (default: 100)' },
      { flags: '--lasts <time>', description: 'how long (default: 10s)' },
      {
        flags: '--arrivals <kind>',
        description: 'poisson (default), constant, ramp:10-500, spike:100-1000@5s+2s, sine:100~50/30s, replay:FILE',
      },
      { flags: '--users <count>', description: 'a closed loop instead: so many users, each waits for its answer' },
      { flags: '--think <time>', description: 'how long a user thinks between two requests (default: 1s)' },
      { flags: '--scenario <file>', description: 'what visitors do, step by step (YAML), instead of one request' },
      {
        flags: '--expect <threshold>',
        description: 'exit code 13 unless it holds: "p99 < 100ms", "errors < 1%", "throughput > 1000"',
        repeat: true,
      },
      { flags: '--profile <name>', description: 'quick, standard or full: phases that suffice for what a certificate claims' },
      { flags: '--route <host>', description: "host of one of the application's routes (default: the first)" },
      { flags: '--path <path>', description: "what is asked for (default: the route's path)" },
      { flags: '--no-keep-alive', description: 'a connection of its own for each request' },
      { flags: '--timeout <time>', description: 'how long an answer is waited for (default: 10s)' },
      { flags: '--workers <count>', description: 'processes that send (default: as the rate needs)' },
      { flags: '--connections <count>', description: 'at most so many at once (default: 4096)' },
      ...trialOptions,
    ],
    examples: [
      'codectl prove load shop --rate 200 --lasts 30s',
      'codectl prove load shop --arrivals spike:100-1000@5s+2s --lasts 20s',
      'codectl prove load shop --scenario visit.yaml --expect "p99 < 100ms" --expect "errors < 1%"',
      'codectl prove load shop --users 500 --think 2s --lasts 1m --json',
    ],
    run: async (session, given) => (await import('./load.ts')).load(session, given),
  },
  {
    name: 'prove import',
    arguments: '<kind> <file>',
    summary: "Make a scenario of a browser's recording (har) or of an API's description (openapi), and print it",
    options: [
      { flags: '--host-of <name>', description: 'of a recording: requests to this host (default: that of the first)' },
      { flags: '--writes', description: 'of a description: operations that change something, too' },
    ],
    examples: ['codectl prove import openapi api.yaml > visit.yaml', 'codectl prove import har shop.har --host-of shop.example.org'],
    run: async (session, given) => (await import('./import.ts')).importScenario(session, given),
  },
];
