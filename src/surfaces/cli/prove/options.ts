// Options that every trial has.
import type { OptionSpec } from '../command.ts';

export const trialOptions: readonly OptionSpec[] = [
  { flags: '--env <name>', description: 'environment (default: the only one)' },
  { flags: '--file <path>', description: 'manifest that names the application (default: code.yaml)' },
  { flags: '--seed <number>', description: 'what chance follows from (default: 1)' },
  { flags: '--within <trial>', description: 'the trial that this is a part of', hidden: true },
  { flags: '--plan <plan>', description: 'approved plan, where the environment asks for one' },
];
