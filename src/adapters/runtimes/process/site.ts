// What the parts of the process driver share: where things are, who has which port, who was started in this life and who is being stopped.
import type { Clock } from '../../../base/clock.ts';
import type { CgroupHome } from '../../../platform/process/cgroup-mounts.ts';
import { findCgroups } from '../../../platform/process/cgroup-mounts.ts';
import type { Artifacts } from '../../../ports/artifacts.ts';
import type { Log } from '../../../ports/log.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { keptRecords } from './handle.ts';
import type { PortBookOptions } from './launch/port-book.ts';
import { PortBook } from './launch/port-book.ts';
import type { Places } from './places.ts';
import { placesIn } from './places.ts';
import { Watch } from './watch.ts';

export interface ProcessOptions {
  /** The engine's directory; instances, their exits and their volumes are kept below it. */
  readonly home: string;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  /** Ports to choose from, both ends included; those that the kernel hands out itself are left out. */
  readonly portRange: PortBookOptions['range'];
  readonly log: Log;
  /** When an output file is rotated, and how many old parts are kept. Default: 10 MB, 3. */
  readonly rotate?: { readonly bytes: number; readonly keep: number };
  /** How often to look for ends that nobody told, and for files to rotate. Default: one second. */
  readonly lookEveryMs?: number;
}

export interface Site extends Pick<ProcessOptions, 'artifacts' | 'clock' | 'log'> {
  readonly places: Places;
  readonly ports: PortBook;
  readonly watch: Watch;
  /** How those ended whose launcher is a child of this process, by instance. */
  readonly children: Map<string, Promise<{ readonly code: number | null; readonly signal: string | null }>>;
  /** Starts that are under way or were made in this life; they are nobody's strays. */
  readonly starts: Map<string, Promise<InstanceRecord>>;
  /** How many calls wait for an instance to end; whoever stops it removes its remains. */
  readonly stopping: Map<string, number>;
  /** Instances that start and do not listen yet: they run behind the others. */
  readonly behind: Map<string, InstanceRecord>;
  /** Where limits can be set; found out once. */
  readonly cgroups: () => Promise<CgroupHome>;
}

export function openSite({ home, artifacts, clock, log, portRange, lookEveryMs = 1_000 }: ProcessOptions): Site {
  const places = placesIn(home);
  let cgroups: Promise<CgroupHome> | undefined;
  const held = async () =>
    (await keptRecords(places)).flatMap(({ id, address }): [string, number][] => (address === undefined ? [] : [[id, address.port]]));
  return {
    places,
    artifacts,
    clock,
    log,
    ports: new PortBook({ range: portRange, begin: Math.random(), held }),
    watch: new Watch({ exits: places.exits, everyMs: lookEveryMs }),
    children: new Map(),
    starts: new Map(),
    stopping: new Map(),
    behind: new Map(),
    cgroups: () => (cgroups ??= findCgroups(places.homeId)),
  };
}
