// How instances and commands behave, which is in the name of a release's code, or in a command's words.
import type { FakeDials } from '../../../src/adapters/runtimes/fake/fake.ts';
import type { Artifact, RunSpec } from '../../../src/model/release.ts';
import type { Dice } from '../script/random.ts';
import type { CommandName } from '../script/script.ts';

/** The name that a simulated snapshot carries in its digest: `never-3`. */
export function codeOf(artifact: Artifact): string {
  if (artifact.kind !== 'snapshot') return '';
  return Buffer.from(artifact.digest.slice(7).replace(/(00)+$/, ''), 'hex').toString();
}

/** The first word of a command that ends; the second is its name. */
export const commandWord = 'command';

export function commandOf({ command }: Pick<RunSpec, 'command'>): CommandName | undefined {
  return command?.[0] === commandWord ? (command[1] as CommandName) : undefined;
}

/** Whether a command that is left alone ends well. */
export function endsWell(command: CommandName): boolean {
  return commands[command].exitCode === 0;
}

export const commands: Readonly<Record<CommandName, FakeDials>> = {
  quick: { exitAfter: 50, exitCode: 0 },
  long: { exitAfter: 15_000, exitCode: 0 },
  lasting: { exitAfter: 90_000, exitCode: 0 },
  broken: { exitAfter: 800, exitCode: 1 },
  hangs: {},
  deaf: { ignoresStop: true },
  nostart: { startError: 'simulated: no such command' },
};

export function dialsOf(code: string, dice: Dice): FakeDials {
  switch (code.split('-')[0] ?? '') {
    case 'slow':
      return { readyAfter: dice.between(1_000, 20_000) };
    case 'never':
      return { neverReady: true };
    case 'crash':
      return { exitAfter: dice.between(1, 500) };
    case 'late':
      return { exitAfter: dice.between(1_000, 30_000) };
    case 'flaky':
      return dice.chance(0.4) ? { exitAfter: dice.between(1, 3_000) } : {};
    case 'deaf':
      return { ignoresStop: true };
    case 'nostart':
      return { startError: 'simulated: cannot start' };
    default:
      return { readyAfter: dice.between(0, 400) };
  }
}
