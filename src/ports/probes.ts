// Asks one instance whether it is fit: the only question the prober has for the outside world.
import type { Address } from '../model/instance.ts';
import type { ProbeSpec } from '../model/service.ts';

export interface Probes {
  /**
   * One attempt, bounded by `spec.timeout`. With a path: HTTP GET, passed only by 2xx (a redirect is not an answer).
   * Without: a TCP connect. Never throws; `because` says what was seen (`GET /healthz answered 503`).
   */
  check(address: Address, spec: Pick<ProbeSpec, 'path' | 'timeout'>, signal: AbortSignal): Promise<ProbeResult>;
}

export type ProbeResult = { readonly passed: true } | { readonly passed: false; readonly because: string };
