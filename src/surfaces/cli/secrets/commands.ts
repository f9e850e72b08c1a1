// Commands about secrets.
import type { CommandSpec } from '../command.ts';
import { scopeOptions } from '../command.ts';

export const secretCommands: readonly CommandSpec[] = [
  {
    name: 'secret set',
    arguments: '<name>',
    summary: 'Set the value of a secret: asked for, or taken from standard input or a file',
    options: [{ flags: '--from-file <path>', description: 'take the value from this file, exactly as it is' }, ...scopeOptions],
    examples: [
      'codectl secret set DATABASE_URL',
      'codectl secret set DATABASE_URL --app shop --env production < url.txt',
      'codectl secret set TLS_KEY --from-file tls.key',
    ],
    instead:
      'A value on the command line is seen by every user of the machine and kept in the history of the shell: change it, if this was one. Leave it out to be asked, or pipe it in: printf %s "$VALUE" | codectl secret set NAME',
    run: async (session, given) => (await import('./secrets.ts')).set(session, given),
  },
  {
    name: 'secret list',
    summary: 'List secrets, without their values, and the services that name them',
    options: [
      { flags: '--app <name>', description: 'only those of this application' },
      { flags: '--env <name>', description: 'only those of this environment' },
    ],
    examples: ['codectl secret list', 'codectl secret list --app shop --env production'],
    run: async (session, given) => (await import('./secrets.ts')).list(session, given),
  },
  {
    name: 'secret remove',
    arguments: '<name>',
    summary: 'Remove a secret that no live service names',
    options: [{ flags: '--force', description: 'though live services name it: they could then not start again' }, ...scopeOptions],
    examples: ['codectl secret remove OLD_TOKEN'],
    run: async (session, given) => (await import('./secrets.ts')).remove(session, given),
  },
  {
    name: 'secret rotate',
    summary: 'Make a new key for the secret store; values stay as they are',
    examples: ['codectl secret rotate'],
    run: async (session) => (await import('./secrets.ts')).rotate(session),
  },
];
