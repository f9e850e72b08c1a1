// What live releases consist of: what was uploaded of them, and what their images hold.

import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { Release } from '../../model/release.ts';
import type { Inventory } from '../../model/supply/component.ts';
import type { EnginePorts } from '../ports.ts';
import { liveReleases, openArtifact } from './artifacts.ts';
import { ImageBook } from './image/book.ts';
import { inventoryOf, joined } from './inventory/inventory.ts';

export interface Inspected {
  readonly release: Release;
  readonly inventory: Inventory;
  /** What was not looked into, and why. */
  readonly gaps: readonly string[];
}

type Looked = Omit<Inspected, 'release'>;

export class Inspector {
  readonly #ports: EnginePorts;
  readonly #images: ImageBook;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
    this.#images = new ImageBook(ports);
  }

  /** Errors: those of `liveReleases` and of artifacts. */
  async inspect(scope: Scope, service: string | undefined, signal: AbortSignal): Promise<readonly Inspected[]> {
    const { store } = this.#ports;
    const runtime = (await store.get('environment', scopeKey(scope)))?.value.runtime ?? '';
    const found: Inspected[] = [];
    for (const release of await liveReleases(this.#ports, scope, service)) {
      const uploaded = await this.#uploaded(release, signal);
      const image = release.run.artifact.kind === 'image' ? await this.#images.look(runtime, release, signal) : undefined;
      found.push({ release, ...(image ? together(uploaded, image) : uploaded) });
    }
    return found;
  }

  async #uploaded({ run: { artifact } }: Release, signal: AbortSignal): Promise<Looked> {
    const { contents, gaps } = await openArtifact(this.#ports.artifacts, artifact);
    return { inventory: contents ? await inventoryOf(contents, signal) : { components: [], unread: [] }, gaps };
  }
}

/** What an image was built from says more than what is in it: of compiled programs only their locks tell. */
function together(a: Looked, b: Looked): Looked {
  const components = joined([...a.inventory.components, ...b.inventory.components]);
  return { inventory: { components, unread: [...a.inventory.unread, ...b.inventory.unread] }, gaps: [...a.gaps, ...b.gaps] };
}
