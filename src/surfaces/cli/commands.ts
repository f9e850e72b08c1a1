// Every command, in the order of the help.
import { accessCommands } from './access/commands.ts';
import type { CommandSpec } from './command.ts';
import { deployCommands } from './deploy/commands.ts';
import { engineCommands } from './engine/commands.ts';
import { lookCommands } from './look/commands.ts';
import { manifestCommands } from './manifest/commands.ts';
import type { Groups } from './program.ts';

export const commands: readonly CommandSpec[] = [
  ...manifestCommands.slice(0, 1),
  ...engineCommands.slice(0, 2),
  ...deployCommands,
  ...lookCommands,
  ...accessCommands,
  ...manifestCommands.slice(1),
  ...engineCommands.slice(2),
];

export const groups: Groups = {
  token: 'API tokens for programs and other machines',
  audit: 'Who did what',
  manifest: 'What code.yaml may say',
  settings: 'How the engine runs',
};
