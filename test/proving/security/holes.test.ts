// Every probe on a real server with the one hole that it is for, and on the same server without any.
import { afterEach, describe, expect, it } from 'vitest';
import { secretsIn } from '../../../src/engine/supply/secrets/text.ts';
import type { ProbeResult } from '../../../src/model/proving/probe.ts';
import { probes } from '../../../src/proving/security/registry.ts';
import type { SecurityOutcome } from '../../../src/proving/security/trial.ts';
import { proveSecurity } from '../../../src/proving/security/trial.ts';
import { holes, serve } from './holes.ts';

const ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
});

/** Patience has no bound that a slow machine could meet. */
export async function prove(port: number, only?: readonly string[]): Promise<SecurityOutcome> {
  const site = { host: 'site.localhost', tls: false, mounts: ['/'], name: 'http://site.localhost' };
  const target = { runtime: 'process', sites: [site], doors: { door: { host: '127.0.0.1', port } } };
  const bounds = { patience: 300_000, mostRequests: 100_000 };
  const wish = { target, listed: [], mostPages: 10, bounds, secrets: secretsIn, progress: () => undefined };
  return proveSecurity(only === undefined ? wish : { ...wish, only }, new AbortController().signal);
}

const found = (results: readonly ProbeResult[]) => results.filter(({ word }) => word === 'failed').map(({ probe }) => probe);

describe('a server with one hole', () => {
  it.each(Object.keys(holes))('%s is found by its own probe, and by no other', async (hole) => {
    const server = await serve(holes[hole] ?? {});
    ending.push(server.close);
    const { results } = await prove(server.port);
    expect(found(results)).toEqual([hole]);
    expect(results.find(({ probe }) => probe === hole)?.evidence.length).toBeGreaterThan(0);
  });
});

describe('the same server without a hole', () => {
  it('has no finding, and every probe that can be tried was', async () => {
    const server = await serve({});
    ending.push(server.close);
    const { results, sites } = await prove(server.port);
    expect(found(results)).toEqual([]);
    const blind = results.filter(({ word }) => word === 'not_measured').map(({ probe }) => probe);
    expect(blind).toEqual(['tls.offered', 'tls.hsts', 'tls.protocols', 'tls.certificate', 'tls.redirect']);
    expect(results.filter(({ word }) => word === 'told').map(({ probe }) => probe)).toEqual(['limits.rate']);
    expect(results).toHaveLength(probes.length);
    expect(sites[0]?.pages).toEqual(['GET / 200', 'GET /search?q=tea 200', 'GET /report?file=a.txt&id=1 200']);
  });
});
