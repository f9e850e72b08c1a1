// How the tunnels of an instance that leaves are told to end: in turn, and all of them soon.
import { describe, expect, it } from 'vitest';
import { Upstream } from './upstream.ts';

function leaving(tunnels: number, drain?: number) {
  const upstream = new Upstream({ instance: 'a', host: '127.0.0.1', port: 1 });
  if (drain !== undefined) upstream.drain = drain;
  const told: number[] = [];
  for (let at = 0; at < tunnels; at++) upstream.tunnels.add({ upstreamLeaves: () => told.push(at) });
  upstream.retire(1_000);
  return { upstream, told };
}

describe('tunnels of an upstream that leaves', () => {
  it('are told at once where they are few', () => {
    expect(leaving(4).told).toEqual([0, 1, 2, 3]);
  });

  it('are told one after the other where they are many, each once, all within 300 ms', () => {
    const { upstream, told } = leaving(100);
    expect(told).toHaveLength(4);
    upstream.part(1_150);
    expect(told).toHaveLength(50);
    upstream.part(1_150);
    expect(told).toHaveLength(50);
    upstream.part(1_300);
    upstream.part(1_400);
    expect(told).toEqual(Array.from({ length: 100 }, (_, at) => at));
  });

  it('are told within half of the time to drain, at once where there is none', () => {
    const short = leaving(100, 100);
    short.upstream.part(1_050);
    expect(short.told).toHaveLength(100);
    expect(leaving(100, 0).told).toHaveLength(100);
  });
});
