// A trial on a server of a test, as if it were the door to an application's route.
import { secretsIn } from '../../../src/engine/supply/secrets/text.ts';
import type { ProbeResult } from '../../../src/model/proving/probe.ts';
import type { SecurityOutcome } from '../../../src/proving/security/trial.ts';
import { proveSecurity } from '../../../src/proving/security/trial.ts';

interface Trying {
  readonly only?: readonly string[];
  /** Without a bound that a slow machine could meet, unless a test is about that. */
  readonly patience?: number;
  readonly mostRequests?: number;
  readonly securePort?: number;
  readonly host?: string;
  readonly mounts?: readonly string[];
  readonly signal?: AbortSignal;
  readonly progress?: (result: ProbeResult) => void;
}

export function prove(port: number, trying: Trying = {}): Promise<SecurityOutcome> {
  const { patience = 300_000, mostRequests = 100_000, securePort, host = 'site.localhost', mounts = ['/'] } = trying;
  const tls = securePort !== undefined;
  const site = { host, tls, mounts, name: `${tls ? 'https' : 'http'}://${host}` };
  const doors = { door: { host: '127.0.0.1', port }, ...(tls && { secureDoor: { host: '127.0.0.1', port: securePort } }) };
  const wish = {
    target: { runtime: 'process', sites: [site], doors },
    listed: [],
    mostPages: 10,
    bounds: { patience, mostRequests },
    secrets: secretsIn,
    progress: trying.progress ?? (() => undefined),
    ...(trying.only && { only: trying.only }),
  };
  return proveSecurity(wish, trying.signal ?? new AbortController().signal);
}

export function found(results: readonly ProbeResult[]): readonly string[] {
  return results.filter(({ word }) => word === 'failed').map(({ probe }) => probe);
}
