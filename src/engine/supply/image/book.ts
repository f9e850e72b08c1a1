// What images of live releases consist of, as the Engine that runs them hands them out; an image never changes, so it is read once.
import { asCodeError } from '../../../base/errors.ts';
import type { Release } from '../../../model/release.ts';
import type { Inventory } from '../../../model/supply/component.ts';
import type { EnginePorts } from '../../ports.ts';
import { imageGap } from '../artifacts.ts';
import { inventoryOf } from '../inventory/inventory.ts';
import { imageContents } from './image.ts';

export interface LookedInto {
  readonly inventory: Inventory;
  /** What of it was not looked into, and why. */
  readonly gaps: readonly string[];
}

const mostRemembered = 50;
const nothing: Inventory = { components: [], unread: [] };

export class ImageBook {
  readonly #ports: Pick<EnginePorts, 'runtimes'>;
  readonly #known = new Map<string, LookedInto>();
  /** One after the other: each holds what it reads. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: Pick<EnginePorts, 'runtimes'>) {
    this.#ports = ports;
  }

  /** Never fails for what an image or its Engine is like: then it says why nothing is known. */
  look(runtime: string, release: Release, signal: AbortSignal): Promise<LookedInto> {
    const looked = this.#turn.then(() => this.#look(runtime, release, signal));
    this.#turn = looked.catch(() => undefined);
    return looked;
  }

  async #look(name: string, release: Release, signal: AbortSignal): Promise<LookedInto> {
    const gap = (because: string): LookedInto => ({ inventory: nothing, gaps: [imageGap(release.run.artifact, because)] });
    signal.throwIfAborted();
    const runtime = this.#ports.runtimes.get(name);
    if (!runtime?.exportImage) return gap(`the ${name} runtime hands out no images`);
    try {
      const image = await runtime.exportImage(release, signal);
      if (!image) return gap('its Engine does not have it (any more)');
      const known = this.#known.get(image.id);
      if (known) return known;
      const { contents, gaps } = await imageContents(image.chunks(), signal);
      const looked = { inventory: await inventoryOf(contents, signal), gaps };
      if (this.#known.size >= mostRemembered) this.#known.clear();
      this.#known.set(image.id, looked);
      return looked;
    } catch (thrown) {
      signal.throwIfAborted();
      return gap(asCodeError(thrown).message);
    }
  }
}
