// What the parts of the Kubernetes runtime share: the cluster, who we are to it, and whom to tell.
import type { Clock } from '../../../base/clock.ts';
import type { ReplicaSet, Scope } from '../../../model/instance.ts';
import type { Log } from '../../../ports/log.ts';
import type { KubeClient } from './client.ts';
import type { GatewayRef } from './objects/gateway.ts';

export interface Neighbours {
  readonly clock: Clock;
  readonly log: Log;
  readonly wake: (scope: Scope, at?: number) => void;
  /** Values of the secrets that a release names. */
  readonly secrets: (scope: Scope, names: readonly string[]) => Promise<Readonly<Record<string, string>>>;
  /** Environment that every instance is told beside its release. */
  readonly surroundings: (set: Pick<ReplicaSet, 'scope' | 'release'>) => Promise<Readonly<Record<string, string>>>;
}

export interface Site extends Neighbours {
  readonly client: KubeClient;
  /** Marks everything of this engine. */
  readonly home: string;
  /** Finds everything that is marked so. */
  readonly selector: string;
  /** Which of the cluster's Gateways carries shares of traffic; absent: none, ours alone does. */
  readonly clusterGateway?: GatewayRef;
  readonly random: () => number;
  readonly lifetime: AbortSignal;
}
