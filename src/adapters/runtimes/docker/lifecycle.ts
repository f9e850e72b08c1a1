// The part of the port that makes, finds and ends containers.
import type { Instances } from '../../../ports/instances.ts';
import { tidyImages } from './images/tidy.ts';
import { inspectAll, straysOf } from './inspect.ts';
import type { Site } from './site.ts';
import { containersOf } from './start.ts';
import { giveUpStart, startOnce } from './starting.ts';
import { forgetOne, stopOne } from './stop.ts';

export type Lifecycle = Pick<Required<Instances>, 'start' | 'inspect' | 'strays' | 'stop' | 'giveUp' | 'forget' | 'tidy'>;

export function lifecycleOf(site: Site): Lifecycle {
  const making = containersOf(site);
  return {
    start: (request, signal) => startOnce(site, making, request, signal),
    inspect: (records, signal) => inspectAll(site, records, signal),
    strays: (known, signal) => straysOf(site, known, signal),
    stop: (record, grace, signal) => stopOne(site, record, grace, signal),
    giveUp: (id) => giveUpStart(site, id),
    forget: (record) => forgetOne(site, record),
    tidy: (kept) => tidyImages(site, kept),
  };
}
