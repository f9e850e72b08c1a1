// An engine's life in a simulated world: it ends between any two of its effects.
import type { Effects } from './shelf.ts';

/** Thrown by every effect of an engine that has died; nothing it does afterwards reaches the world. */
export class Died extends Error {
  override readonly name = 'Died';
}

/** One life of an engine: counts its effects and dies at the chosen one. */
export class Life implements Effects {
  dead = false;
  /** How long nobody starts another one after its death; absent: not at all. */
  away: number | undefined;
  #left = Number.POSITIVE_INFINITY;

  dieAfter(effects: number, away?: number): void {
    this.#left = effects;
    this.away = away;
  }

  /** Called before and after each effect, so that death comes between any two of them. */
  step(): void {
    if (!this.dead) this.#left -= 0.5;
    if (this.#left <= 0) this.dead = true;
    if (this.dead) throw new Died('the engine has died');
  }

  alive(): void {
    if (this.dead) throw new Died('the engine has died');
  }

  async effect<T>(work: () => Promise<T>): Promise<T> {
    this.step();
    const result = await work();
    this.step();
    return result;
  }
}
