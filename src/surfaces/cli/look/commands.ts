// Commands that show what is, and what was.
import type { CommandSpec, OptionSpec } from '../command.ts';
import { scopeOptions } from '../command.ts';

const follow: OptionSpec = { flags: '-f, --follow', description: 'go on until stopped with Ctrl-C' };

export const lookCommands: readonly CommandSpec[] = [
  {
    name: 'status',
    summary: 'Show what is deployed and how it fares',
    options: [
      { flags: '--app <name>', description: 'only this application' },
      { flags: '--env <name>', description: 'only this environment' },
      { flags: '--instances', description: 'show every instance' },
    ],
    examples: ['codectl status', 'codectl status --app shop --instances'],
    run: async (session, given) => (await import('./status.ts')).status(session, given),
  },
  {
    name: 'history',
    summary: 'List deployments, the newest first',
    options: [...scopeOptions, { flags: '--limit <n>', description: 'at most so many (default: 20)' }],
    examples: ['codectl history', 'codectl history --app shop --env staging --limit 5'],
    run: async (session, given) => (await import('./history.ts')).history(session, given),
  },
  {
    name: 'logs',
    arguments: '[service]',
    summary: 'Print the output of instances',
    options: [
      follow,
      { flags: '--tail <n>', description: 'lines of each instance to begin with (default: 100)' },
      { flags: '--instance <id>', description: 'only this instance' },
      ...scopeOptions,
    ],
    examples: ['codectl logs -f', 'codectl logs api --tail 20'],
    endless: true,
    run: async (session, given) => (await import('./logs.ts')).logs(session, given),
  },
  {
    name: 'events',
    summary: 'Print what the engine does',
    options: [
      follow,
      { flags: '--after <n>', description: 'only events after this number (default: 0)' },
      { flags: '--app <name>', description: 'only this application' },
      { flags: '--env <name>', description: 'only this environment' },
      { flags: '--deployment <id>', description: 'only this deployment' },
    ],
    examples: ['codectl events --deployment shop-staging-12', 'codectl events -f --json'],
    endless: true,
    run: async (session, given) => (await import('./events.ts')).events(session, given),
  },
  {
    name: 'routes',
    summary: 'Show which requests go where, and what the gateway counted',
    examples: ['codectl routes', 'codectl routes --json'],
    run: async (session) => (await import('./routes.ts')).routes(session),
  },
  {
    name: 'endpoints',
    arguments: '[service]',
    summary: 'Show which instances take requests, and where services are reached',
    options: [
      follow,
      { flags: '--app <name>', description: 'only this application' },
      { flags: '--env <name>', description: 'only this environment' },
    ],
    examples: ['codectl endpoints', 'codectl endpoints api --app shop -f'],
    endless: true,
    run: async (session, given) => (await import('./endpoints.ts')).endpoints(session, given),
  },
  {
    name: 'exec',
    arguments: '<service> <command...>',
    summary: 'Run a command beside an instance, in its directory and with its environment',
    options: [{ flags: '--instance <id>', description: 'beside this instance (default: the first that is ready)' }, ...scopeOptions],
    examples: ['codectl exec api -- node --version'],
    run: async (session, given) => (await import('./exec.ts')).exec(session, given),
  },
];
