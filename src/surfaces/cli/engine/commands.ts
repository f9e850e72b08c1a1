// Commands about the engine itself.
import type { CommandSpec } from '../command.ts';

export const engineCommands: readonly CommandSpec[] = [
  {
    name: 'up',
    summary: 'Start the engine in the background, unless it runs',
    options: [{ flags: '--set <key=value>', description: 'a setting, for example gateway_listen=127.0.0.1:8080', repeat: true }],
    examples: ['codectl up', 'codectl up --set gateway_listen=127.0.0.1:0 --set api_listen=127.0.0.1:0'],
    run: async (session, given) => (await import('./up.ts')).up(session, given),
  },
  {
    name: 'down',
    summary: 'Stop the engine; what is deployed goes on, unless --all is given',
    options: [
      { flags: '--all', description: 'remove every application first, and stop the gateway too' },
      { flags: '-y, --yes', description: 'do not ask' },
    ],
    examples: ['codectl down', 'codectl down --all --yes'],
    run: async (session, given) => (await import('./down.ts')).down(session, given),
  },
  {
    name: 'doctor',
    summary: 'Tell what works on this machine and what does not',
    examples: ['codectl doctor'],
    run: async (session) => (await import('./facts.ts')).doctor(session),
  },
  {
    name: 'settings show',
    summary: "Print the engine's merged settings",
    examples: ['codectl settings show --json'],
    run: async (session) => (await import('./facts.ts')).settings(session),
  },
  {
    name: 'version',
    summary: 'Print the versions of this program and of the daemon',
    examples: ['codectl version'],
    run: async (session) => (await import('./facts.ts')).version(session),
  },
];
