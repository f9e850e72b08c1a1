// Commands about the manifest; none of them needs the engine.
import type { CommandSpec } from '../command.ts';

export const manifestCommands: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'Write a small code.yaml to start from',
    options: [
      { flags: '-f, --file <path>', description: 'where to (default: code.yaml)' },
      { flags: '--app <name>', description: "name of the application (default: the directory's)" },
      { flags: '--command <words>', description: 'what starts the service (default: guessed, else "node server.js")' },
      { flags: '--port <n>', description: 'port the service listens on as $PORT (default: 8080)' },
    ],
    examples: ['codectl init', 'codectl init --app shop --command "node server.js" --port 3000'],
    run: async (session, given) => (await import('./init.ts')).init(session, given),
  },
  {
    name: 'manifest check',
    summary: 'Tell everything that is wrong with a manifest, with line and column',
    options: [
      { flags: '-f, --file <path>', description: 'manifest (default: code.yaml)' },
      { flags: '--env <name>', description: 'also resolve this environment' },
    ],
    examples: ['codectl manifest check', 'codectl manifest check -f shop/code.yaml --json'],
    run: async (session, given) => (await import('./pages.ts')).check(session, given),
  },
  {
    name: 'manifest render',
    summary: 'Print what a runtime would be asked for, without asking it',
    options: [
      { flags: '-f, --file <path>', description: 'manifest (default: code.yaml)' },
      { flags: '--env <name>', description: 'environment (default: the only one)' },
      { flags: '--runtime <name>', description: "whose objects (default: the environment's runtime)" },
      { flags: '--gateway <name>', description: 'a Gateway of the cluster: also the HTTPRoutes that it would carry' },
    ],
    examples: ['codectl manifest render --runtime kubernetes', 'codectl manifest render --env production --json'],
    run: async (session, given) => (await import('./render.ts')).render(session, given),
  },
  {
    name: 'manifest schema',
    summary: 'Print the JSON Schema of the manifest, for editors',
    examples: ['codectl manifest schema > code.schema.json'],
    run: async (session) => (await import('./pages.ts')).schema(session),
  },
  {
    name: 'manifest example',
    summary: 'Print a commented manifest with every key',
    examples: ['codectl manifest example'],
    run: async (session) => (await import('./pages.ts')).example(session),
  },
  {
    name: 'manifest reference',
    summary: 'Print the reference of all keys, as Markdown',
    examples: ['codectl manifest reference'],
    run: async (session) => (await import('./pages.ts')).reference(session),
  },
];
