// Commands about people who log in.
import type { CommandSpec } from '../command.ts';

export const identityCommands: readonly CommandSpec[] = [
  {
    name: 'login',
    summary: 'Log in at an engine elsewhere, with a code that is typed in any browser',
    options: [{ flags: '--provider <name>', description: 'which identity provider (default: the only one)' }],
    examples: ['codectl login --host https://deploy.example.org', 'codectl login --host https://deploy.example.org --provider corp'],
    run: async (session, given) => (await import('./login.ts')).login(session, given),
  },
  {
    name: 'logout',
    summary: 'End the session with an engine elsewhere',
    examples: ['codectl logout --host https://deploy.example.org'],
    run: async (session) => (await import('./login.ts')).logout(session),
  },
  {
    name: 'whoami',
    summary: 'Tell who the engine takes you for, and what was granted to you',
    examples: ['codectl whoami', 'codectl whoami --host https://deploy.example.org'],
    run: async (session) => (await import('./login.ts')).whoami(session),
  },
  {
    name: 'sessions list',
    summary: 'List who is logged in',
    examples: ['codectl sessions list'],
    run: async (session) => (await import('./sessions.ts')).list(session),
  },
  {
    name: 'sessions revoke',
    arguments: '<id>',
    summary: 'End a session at once, or all of a person, with the tokens that they made',
    options: [{ flags: '--forget', description: 'let another account have that name (of somebody who has left)' }],
    examples: ['codectl sessions revoke s-3f9a1c2b4d5e', 'codectl sessions revoke alice@example.org'],
    run: async (session, given) => (await import('./sessions.ts')).revoke(session, given),
  },
];
