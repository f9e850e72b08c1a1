// `codectl bench gateway`: what a proxied request costs on one core, beside HAProxy, nginx, Caddy and a proxy in Node.js, round by round.
import type { Bytes } from '../../base/units.ts';
import type { Programs } from './contenders/ours.ts';
import type { Sample } from './proxies/figures.ts';
import { contestantsOf, memoryOf, ratiosOf } from './proxies/figures.ts';
import { ourGateway } from './proxies/ours.ts';
import { proxyPeers } from './proxies/peers.ts';
import type { ProxyEntrant } from './proxies/proxy.ts';
import { canPin, programPath } from './proxies/proxy.ts';
import { tryProxies } from './proxies/trial.ts';
import { worthOfTwo } from './proxies/worth.ts';
import type { Bench, BenchCall, BenchReport } from './report.ts';
import { absent, report } from './report.ts';

export function gateway(programs: Programs): Bench {
  return {
    name: 'gateway',
    summary: 'CPU and latency of a proxied request, beside HAProxy, nginx, Caddy and http-proxy-3',
    parameters: { rounds: 3, seconds: 2, connections: 256, minutes: 0 },
    run: async (call) => {
      const entrants = [ourGateway(programs.gateway), ...proxyPeers(programs.node, call.peers)];
      if (programPath('wrk') === undefined) return withoutLoad(entrants, call);
      const { samples, memory } = await tryProxies(entrants, programs.node, call);
      const pair = await worthOfTwo(programs.gateway, programs.node, call);
      return reportOf(entrants, samples, memory, pair, call);
    },
  };
}

function withoutLoad(entrants: readonly ProxyEntrant[], { parameters }: BenchCall): BenchReport {
  const why = 'there is no load generator; apt-get install wrk';
  return report('gateway', parameters, { contestants: entrants.map(({ name }) => absent(name, 'requests/s per core', why)), ratios: [] });
}

function reportOf(
  entrants: readonly ProxyEntrant[],
  samples: readonly Sample[],
  memory: readonly Bytes[],
  pair: Awaited<ReturnType<typeof worthOfTwo>>,
  { parameters }: BenchCall,
): BenchReport {
  const watched = memoryOf(memory);
  const failed = samples.filter((one) => one.failed > 0);
  return report('gateway', parameters, {
    contestants: [...entrants.flatMap((one) => contestantsOf(one, samples)), ...pair.contestants, ...watched.contestants],
    ratios: [...ratiosOf(samples), ...pair.ratios, ...watched.ratios],
    notes: [
      canPin()
        ? 'The proxy has core 0 to itself, load generator and upstream share core 1; CPU of the proxy is read from /proc in the same round, so that requests a second of CPU do not depend on who was the bottleneck.'
        : 'Nothing could be kept to a core (taskset is missing, or there is one core only).',
      'Ours runs with everything on: strict parsing, retries, ejection, drain accounting, latency histograms per release, request ids. The others run with their defaults for one core, kept connections to the upstream, no access log.',
      ...pair.notes,
      ...failed.map(
        (one) =>
          `${one.name}, ${one.shape.connections} connections, ${one.shape.body} bytes: ${one.failed} of ${one.requests} requests failed.`,
      ),
    ],
  });
}
