// How the instances of a release behave, which is in the name of its code.
import type { FakeDials } from '../../../src/adapters/runtimes/fake/fake.ts';
import type { Artifact } from '../../../src/model/release.ts';
import type { Dice } from '../script/random.ts';

/** The name that a simulated snapshot carries in its digest: `never-3`. */
export function codeOf(artifact: Artifact): string {
  if (artifact.kind !== 'snapshot') return '';
  return Buffer.from(artifact.digest.slice(7).replace(/(00)+$/, ''), 'hex').toString();
}

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
