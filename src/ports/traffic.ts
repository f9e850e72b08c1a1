// The socket of the data plane: told its whole route table, asked what it measures.
import type { RouteTable, TrafficObservation } from '../model/route.ts';

export interface Traffic {
  /** Puts the table in force, whole and atomic; resolves once no new request follows the old one. Errors: `gateway_unavailable`. */
  apply(table: RouteTable, signal: AbortSignal): Promise<void>;
  observe(signal: AbortSignal): Promise<TrafficObservation>;
  /**
   * Calls back with a service's key as soon as a request begins to wait for an instance of it, so that one scaled to nothing is started at once;
   * returns the way to stop it. May call more often than needed, and may miss one while the data plane restarts: `observe` has the truth.
   */
  onWaiting?(listener: (service: string) => void): () => void;
}
