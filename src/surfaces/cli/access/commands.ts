// Commands about who may, and who did.
import type { CommandSpec } from '../command.ts';

export const accessCommands: readonly CommandSpec[] = [
  {
    name: 'token create',
    arguments: '<name>',
    summary: 'Make an API token; its secret is printed this once',
    options: [
      { flags: '--allow <effects>', description: 'what it may: read, plan, write, destroy, with commas (default: read)' },
      { flags: '--expires <time>', description: 'for how long, for example 90d (default: until it is revoked)' },
    ],
    examples: ['codectl token create ci --allow read,plan,write --expires 90d'],
    run: async (session, given) => (await import('./tokens.ts')).create(session, given),
  },
  {
    name: 'token list',
    summary: 'List API tokens, without their secrets',
    examples: ['codectl token list'],
    run: async (session) => (await import('./tokens.ts')).list(session),
  },
  {
    name: 'token revoke',
    arguments: '<id>',
    summary: 'Make a token useless at once',
    examples: ['codectl token revoke token-3f9a1c2b'],
    run: async (session, given) => (await import('./tokens.ts')).revoke(session, given),
  },
  {
    name: 'audit show',
    summary: 'Print the audit, oldest first',
    options: [
      { flags: '--after <n>', description: 'only records after this number (default: 0)' },
      { flags: '--limit <n>', description: 'at most so many (default: 100)' },
    ],
    examples: ['codectl audit show --after 200', 'codectl audit show --json'],
    run: async (session, given) => (await import('./audit.ts')).show(session, given),
  },
  {
    name: 'audit verify',
    summary: 'Check that no audit record was changed, removed or moved',
    examples: ['codectl audit verify'],
    run: async (session) => (await import('./audit.ts')).verify(session),
  },
];
