// Commands that measure the product and what it deployed.
import type { CommandSpec, OptionSpec } from '../command.ts';
import { bookCommands } from './book-commands.ts';
import { trialOptions } from './options.ts';
import { securityCommand } from './security-command.ts';

const limitOptions: readonly OptionSpec[] = [
  { flags: '--profile <name>', description: 'smoke, quick (default), standard or full: how long, and so how much can be claimed' },
  { flags: '--slo-p99 <time>', description: 'what the 99th percentile has to keep to (default: 100ms)' },
  { flags: '--slo-errors <share>', description: 'how many requests may fail (default: 1%)' },
  { flags: '--most <rate>', description: 'never more requests a second than this (default: 20000)' },
  { flags: '--route <host>', description: "host of one of the application's routes (default: the first)" },
  { flags: '--path <path>', description: "what is asked for (default: the route's path)" },
];

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
    run: async (session, given) => (await import('./load.ts')).importScenario(session, given),
  },
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
      'codectl prove chaos shop --experiment ./experiments.yaml',
      'codectl prove chaos --undo',
    ],
    run: async (session, given) => (await import('./chaos.ts')).chaos(session, given),
  },
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
  securityCommand,
];
