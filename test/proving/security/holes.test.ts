// Every probe on a real server with the one hole that it is for, and on the same server without any.
import { describe, expect, it } from 'vitest';
import { probes } from '../../../src/proving/security/registry.ts';
import { holes, serve } from './holes.ts';
import { found, prove } from './prove.ts';

describe('a server with one hole', () => {
  it.concurrent.each(Object.keys(holes))('%s is found by its own probe, and by no other', async (hole) => {
    await using server = await serve(holes[hole] ?? {});
    const { results } = await prove(server.port);
    expect(found(results)).toEqual([hole]);
    expect(results.find(({ probe }) => probe === hole)?.evidence.length).toBeGreaterThan(0);
  });

  it('is one for each probe, but for those of TLS and the one that judges nothing', () => {
    const without = probes.map(({ id }) => id).filter((id) => !Object.hasOwn(holes, id));
    expect(without.filter((id) => !id.startsWith('tls.'))).toEqual(['limits.rate']);
  });

  it('is not found without its probe', async () => {
    await using server = await serve(holes['injection.page'] ?? {});
    const others = probes.map(({ id }) => id).filter((id) => id !== 'injection.page');
    expect(found((await prove(server.port, { only: others })).results)).toEqual([]);
  });
});

describe('the same server without a hole', () => {
  it('has no finding, and every probe that can be tried was', async () => {
    await using server = await serve({});
    const { results, sites } = await prove(server.port);
    expect(found(results)).toEqual([]);
    const blind = results.filter(({ word }) => word === 'not_measured').map(({ probe }) => probe);
    expect(blind).toEqual(['tls.offered', 'tls.hsts', 'tls.protocols', 'tls.certificate', 'tls.redirect']);
    expect(results.filter(({ word }) => word === 'told').map(({ probe }) => probe)).toEqual(['limits.rate']);
    expect(results).toHaveLength(probes.length);
    expect(sites[0]?.pages).toEqual(['GET / 200', 'GET /search?q=tea 200', 'GET /report?file=a.txt&id=1 200']);
  });
});
