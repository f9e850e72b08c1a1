// The socket of the data plane: told its whole route table, asked what it measures.
import type { RouteTable, TrafficObservation } from '../model/route.ts';

export interface Traffic {
  /** Puts the table in force, whole and atomic; resolves once no new request follows the old one. Errors: `gateway_unavailable`. */
  apply(table: RouteTable, signal: AbortSignal): Promise<void>;
  observe(signal: AbortSignal): Promise<TrafficObservation>;
}
