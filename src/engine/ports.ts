// Everything that the engine is given by `main/`: the plugs behind its sockets.
import type { Clock } from '../base/clock.ts';
import type { RandomText } from '../base/ids.ts';
import type { ShippingRules } from '../model/supply/signature.ts';
import type { Artifacts } from '../ports/artifacts.ts';
import type { Certificates } from '../ports/certificates.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Runtime } from '../ports/runtime.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Lease, Store } from '../ports/store.ts';
import type { Traffic } from '../ports/traffic.ts';
import type { Trust } from '../ports/trust.ts';
import type { Webhooks } from '../ports/webhooks.ts';

export interface EnginePorts {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly traffic: Traffic;
  readonly runtimes: ReadonlyMap<string, Runtime>;
  /** Absent: routes that want TLS are refused. */
  readonly certificates?: Certificates | undefined;
  /** Absent: queues cannot be asked, and hold. */
  readonly metrics?: Metrics;
  /** Absent: services that name secrets are refused. */
  readonly secrets?: Secrets;
  /** Absent: hooks that are webhooks fail. */
  readonly webhooks?: Webhooks;
  /** Absent: nobody's signature counts. */
  readonly trust?: Trust;
  /** Absent: what is shipped is not looked at. */
  readonly shipping?: ShippingRules;
  readonly clock: Clock;
  readonly random: RandomText;
  readonly log: Log;
  /** The lease under which this engine writes; commits are refused once somebody else holds it. */
  readonly fence: () => Pick<Lease, 'name' | 'token'>;
}
