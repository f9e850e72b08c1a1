// The part of the port that makes, finds and ends services.
import type { Instances, StartRequest } from '../../../../ports/instances.ts';
import type { Image } from '../shapes.ts';
import type { Prepared, Site } from '../site.ts';
import type { Making } from '../starting.ts';
import { giveUpStart, startOnce } from '../starting.ts';
import { createService, findService, heed, startingRecord } from './create.ts';
import { inspectAll } from './inspect.ts';
import { ownNode } from './look.ts';
import { forgetOne, stopOne } from './stop.ts';
import { straysOf } from './strays.ts';
import { wishFor } from './wish.ts';

export type Lifecycle = Pick<Required<Instances>, 'pin' | 'start' | 'inspect' | 'strays' | 'stop' | 'giveUp' | 'forget'>;

/** What this driver does as the one for containers does it. */
export interface Shared {
  readonly pin: Lifecycle['pin'];
  readonly prepare: (request: StartRequest, image: Image, signal: AbortSignal) => Promise<Prepared>;
}

export function lifecycleOf(site: Site, { pin, prepare }: Shared): Lifecycle {
  const making: Making = {
    starting: (request) => startingRecord(site, request),
    found: async (request, signal) => {
      if (!(await findService(site, request.id, signal))) return undefined;
      void heed(site, request.id, 'running');
      return startingRecord(site, request);
    },
    create: async (request, image, signal) => {
      const wish = await wishFor(site, request, image, await prepare({ ...request, secrets: {} }, image, signal), signal);
      return createService(site, request, wish, wish.fetched ? await site.login(wish.image) : {}, signal);
    },
  };
  return {
    pin: async (reference, signal) => {
      await ownNode(site, signal);
      return pin(reference, signal);
    },
    start: async (request, signal) => {
      const record = await startOnce(site, making, request, signal);
      // It may have come about since it was asked for first.
      const [seen = record] = await inspectAll(site, [record], signal);
      return seen;
    },
    inspect: (records, signal) => inspectAll(site, records, signal),
    strays: (known, signal) => straysOf(site, known, signal),
    stop: (record, _grace, signal) => stopOne(site, record, signal),
    giveUp: (id) => giveUpStart(site, id),
    forget: (record) => forgetOne(site, record),
  };
}

/** Its container has ended: it is looked at as soon as the Swarm knows that, too. */
export function hasEnded(site: Site, id: string): void {
  void heed(site, id, 'over');
}
