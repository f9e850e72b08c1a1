// Snapshots in a simulated world: nothing is read from disk, but what is there can be damaged, and be beyond repair.
import { noArtifacts } from '../../../src/adapters/artifacts/fake/fake.ts';
import type { Digest } from '../../../src/base/digest.ts';
import { CodeError } from '../../../src/base/errors.ts';
import type { Artifacts } from '../../../src/ports/artifacts.ts';

/** What an engine does to the world, which ends when it dies. */
export interface Effects {
  /** Throws once the engine has died. */
  alive(): void;
  effect<T>(work: () => Promise<T>): Promise<T>;
}

export class Shelf {
  /** Whether it can be mended, by snapshot. */
  readonly #damaged = new Map<Digest, boolean>();

  damage(digest: Digest, mendable: boolean): void {
    this.#damaged.set(digest, mendable);
  }

  /** Of these, those that should have been mended. */
  neglected(digests: readonly Digest[]): readonly Digest[] {
    return digests.filter((one) => this.#damaged.get(one) === true);
  }

  artifactsFor(life: Effects): Artifacts {
    return {
      ...noArtifacts,
      verify: async (digest) => {
        life.alive();
        return this.#damaged.has(digest) ? { path: 'server.js', what: 'content' } : undefined;
      },
      repair: (digest) =>
        life.effect(async () => {
          if (this.#damaged.get(digest) === false) throw new CodeError('artifact_corrupt', 'simulated: the stored content is damaged, too');
          return this.#damaged.delete(digest) ? [{ path: 'server.js', what: 'content' }] : [];
        }),
    };
  }
}
