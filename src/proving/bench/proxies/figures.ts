// From samples of proxies to what a report says of them.
import type { Bytes, Duration } from '../../../base/units.ts';
import { formatBytes } from '../../../base/units.ts';
import type { Contestant, Ratio, Target } from '../report.ts';
import { absent, atLeast, atMost, contestant, ratio } from '../report.ts';
import type { ProxyEntrant } from './proxy.ts';

export interface Shape {
  readonly connections: number;
  readonly body: Bytes;
}

export interface Sample {
  readonly name: string;
  readonly shape: Shape;
  readonly requests: number;
  /** Requests for each second of the proxy's CPU. */
  readonly perCore: number;
  readonly p50: Duration;
  readonly p99: Duration;
  readonly failed: number;
}

/** Promised of requests a second of CPU, ours over theirs. */
const targets: Readonly<Record<string, Target>> = { HAProxy: atLeast(0.7), Caddy: atLeast(3) };

export function contestantsOf({ name, absent: why }: ProxyEntrant, samples: readonly Sample[]): readonly Contestant[] {
  if (why !== undefined) return [absent(name, 'requests/s per core', why)];
  const mine = samples.filter((one) => one.name === name);
  return shapesIn(mine).flatMap((shape) => {
    const here = mine.filter((one) => same(one.shape, shape));
    const label = `${name}, ${shape.connections} × ${formatBytes(shape.body)}B`;
    return [
      contestant(
        `${label}: requests a second of CPU`,
        '/s',
        here.map((one) => one.perCore),
      ),
      contestant(
        `${label}: p50`,
        'ms',
        here.map((one) => one.p50),
      ),
      contestant(
        `${label}: p99`,
        'ms',
        here.map((one) => one.p99),
      ),
    ];
  });
}

/** Ours against each peer: over all shapes, which is what was promised, then shape by shape. */
export function ratiosOf(samples: readonly Sample[]): readonly Ratio[] {
  const peers = [...new Set(samples.map((one) => one.name))].filter((name) => name !== 'codectl');
  const perCore = (name: string, shape?: Shape) =>
    samples.filter((one) => one.name === name && (shape === undefined || same(one.shape, shape))).map((one) => one.perCore);
  const against = (peer: string, shape?: Shape) => {
    const where = shape === undefined ? 'all loads' : `${shape.connections} × ${formatBytes(shape.body)}B`;
    const target = shape === undefined ? targets[peer] : undefined;
    return ratio(`requests a second of CPU, codectl / ${peer}, ${where}`, perCore('codectl', shape), perCore(peer, shape), target);
  };
  return peers.flatMap((peer) => [against(peer), ...shapesIn(samples).map((shape) => against(peer, shape))]);
}

/** Resident memory over time: the last fifth against the second; the first is warming up. */
export function memoryOf(memory: readonly Bytes[]): { readonly contestants: readonly Contestant[]; readonly ratios: readonly Ratio[] } {
  const name = 'codectl: resident memory under load';
  if (memory.length < 5) return { contestants: [absent(name, 'MiB', 'not asked for; give --minutes')], ratios: [] };
  const samples = memory.map((one) => one / 2 ** 20);
  const fifth = Math.floor(samples.length / 5);
  const flat = ratio(
    'codectl: memory, last fifth of the time / second fifth',
    samples.slice(-fifth),
    samples.slice(fifth, 2 * fifth),
    atMost(1.1),
  );
  return { contestants: [contestant(name, 'MiB', samples)], ratios: [flat] };
}

function shapesIn(samples: readonly Sample[]): readonly Shape[] {
  return samples.map((one) => one.shape).filter((shape, at, all) => all.findIndex((other) => same(other, shape)) === at);
}

function same(a: Shape, b: Shape): boolean {
  return a.connections === b.connections && a.body === b.body;
}
