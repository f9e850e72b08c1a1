// What the cluster complains of about pods that are not ready and do not say why: the newest of its warnings, asked for beside the passes.
import { z } from 'zod';
import type { Clock } from '../../../../base/clock.ts';
import type { Duration } from '../../../../base/units.ts';
import type { KubeClient } from '../client.ts';
import type { Pod } from '../shapes.ts';
import { timeOf } from './deaths.ts';

const events = z.looseObject({
  items: z.array(
    z.looseObject({
      reason: z.string().optional(),
      message: z.string().optional(),
      lastTimestamp: z.string().nullish(),
      eventTime: z.string().nullish(),
    }),
  ),
});

export interface WarningsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly lifetime: AbortSignal;
  /** Something new is known of this pod. */
  readonly came: (pod: Pod) => void;
}

interface Known {
  readonly askedAt: number;
  readonly said?: string;
}

/** Whoever comes up as usual is not asked about. */
const firstAfter: Duration = 2_000;
const every: Duration = 5_000;
const longest = 300;

export class Warnings {
  readonly #options: WarningsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: WarningsOptions) {
    this.#options = options;
  }

  /** When one who has waited since then is to be looked at again. */
  dueAt(since: number): number {
    return since + firstAfter;
  }

  /** What was last heard; where that is old it is asked anew, and nobody waits for it. */
  of(pod: Pod, since: number): string | undefined {
    const { uid } = pod.metadata;
    const now = this.#options.clock.now();
    const known = this.#known.get(uid);
    if (now >= Math.max(this.dueAt(since), (known?.askedAt ?? 0) + every)) {
      this.#known.set(uid, { ...known, askedAt: now });
      void this.#ask(pod);
    }
    return known?.said;
  }

  forget(uid: string): void {
    this.#known.delete(uid);
  }

  /** Never rejects: who may not see events knows less, and that is all. */
  async #ask(pod: Pod): Promise<void> {
    const { client, lifetime, clock, came } = this.#options;
    const { uid } = pod.metadata;
    const query = { fieldSelector: `involvedObject.uid=${uid},type=Warning`, limit: 100 };
    const found = await client.getIfThere(`/api/v1/namespaces/${client.place.namespace}/events`, query, lifetime).catch(() => undefined);
    const read = events.safeParse(found);
    const [newest] = (read.data?.items ?? []).toSorted((a, b) => heardAt(b) - heardAt(a));
    const said = newest && `${newest.reason ?? 'Warning'}: ${newest.message ?? ''}`.slice(0, longest);
    const before = this.#known.get(uid);
    if (!before || said === undefined || said === before.said) return;
    this.#known.set(uid, { askedAt: clock.now(), said });
    came(pod);
  }
}

function heardAt({ lastTimestamp, eventTime }: { readonly lastTimestamp?: string | null; readonly eventTime?: string | null }): number {
  return timeOf(lastTimestamp) ?? timeOf(eventTime) ?? 0;
}
