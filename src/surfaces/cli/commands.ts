// Every command, in the order of the help.
import { accessCommands } from './access/commands.ts';
import { bookCommands } from './book/commands.ts';
import { certifyCommands } from './certify/commands.ts';
import type { CommandSpec, Groups } from './command.ts';
import { deployCommands } from './deploy/commands.ts';
import { engineCommands } from './engine/commands.ts';
import { identityCommands } from './identity/commands.ts';
import { incidentCommands } from './incident/commands.ts';
import { interveneCommands } from './intervene/commands.ts';
import { jobCommands } from './jobs/commands.ts';
import { lookCommands } from './look/commands.ts';
import { manifestCommands } from './manifest/commands.ts';
import { mcpCommands } from './mcp/commands.ts';
import { proveCommands } from './prove/commands.ts';
import { secretCommands } from './secrets/commands.ts';
import { securityCommands } from './security/commands.ts';

export const commands: readonly CommandSpec[] = [
  ...manifestCommands.slice(0, 1),
  ...engineCommands.slice(0, 2),
  ...deployCommands,
  ...lookCommands,
  ...jobCommands,
  ...interveneCommands,
  ...incidentCommands,
  ...secretCommands,
  ...securityCommands,
  ...accessCommands,
  ...identityCommands,
  ...manifestCommands.slice(1),
  ...mcpCommands,
  ...proveCommands,
  ...bookCommands,
  ...certifyCommands(proveCommands),
  ...engineCommands.slice(2),
  {
    name: 'completion',
    arguments: '<shell>',
    summary: 'Print the completion script for bash, zsh or fish',
    examples: ['source <(codectl completion bash)', 'codectl completion fish > ~/.config/fish/completions/codectl.fish'],
    run: async (session, given) => (await import('./grammar/completion.ts')).completion(session, given, commands),
  },
];

export const groups: Groups = {
  secret: 'Values that services are given and nobody reads back',
  security: 'What is shipped: its parts, their weaknesses and licences, secrets in it, who signed it',
  token: 'API tokens for programs and other machines',
  sessions: 'People who are logged in',
  audit: 'Who did what',
  policy: 'Who may do what, and why',
  taint: 'Programs that are held back because of what they have read',
  jobs: 'What runs once and ends',
  scale: 'How many instances run',
  incident: 'What went wrong, and what was written down about it',
  lock: 'Refusing changes for a while',
  routes: 'Which requests go where',
  certificate: 'Certificates of readiness, which anybody can check',
  prove: 'Trials of what is deployed',
  manifest: 'What code.yaml may say',
  settings: 'How the engine runs',
};
