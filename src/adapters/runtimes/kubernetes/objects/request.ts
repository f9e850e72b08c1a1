// What objects are made from.
import type { ReplicaSet } from '../../../../model/instance.ts';
import type { GatewayRef } from './gateway.ts';

export interface SetRequest {
  readonly set: ReplicaSet;
  /** Marks everything of one engine. */
  readonly home: string;
  /** Values for the secrets that the release names. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The cluster's Gateway carries shares of traffic, so that each set has an address of its own. */
  readonly gateway?: GatewayRef;
  /** Environment that every instance is told beside its release; the release's own `env` wins. */
  readonly surroundings: Readonly<Record<string, string>>;
}
