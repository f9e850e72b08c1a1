// A data plane without a network: takes every table, and reports the requests in flight that it is told to.
import type { RouteTable } from '../../../model/route.ts';
import type { Traffic } from '../../../ports/traffic.ts';

export interface FakeTraffic extends Traffic {
  /** By instance, as the gateway would report them; to be set. */
  readonly inFlight: Record<string, number>;
}

/** `applied` is told each table as it comes into force; none is kept here. */
export function createFakeTraffic(applied: (table: RouteTable) => void = () => undefined): FakeTraffic {
  let version = 0;
  const inFlight: Record<string, number> = {};
  const listening = { host: 'fake.invalid', port: 1 };
  return {
    inFlight,
    apply: async (table) => {
      version = table.version;
      applied(table);
    },
    observe: async () => ({
      version,
      epoch: 'fake',
      listening,
      releases: [],
      inFlight,
      ejected: {},
      waiting: {},
      services: [],
      mirrors: [],
    }),
  };
}
