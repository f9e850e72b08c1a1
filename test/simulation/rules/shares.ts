// What must hold of shares of the traffic wherever a rollout decides them: capacity before weight, and nothing in between at a switch.
import type { ServiceRollout, Weights } from '../../../src/model/deployment.ts';
import { revisionOf } from '../../../src/model/deployment.ts';
import { serviceKey } from '../../../src/model/instance.ts';
import type { RouteTable } from '../../../src/model/route.ts';
import { scope } from '../../kit/specs.ts';
import type { FloorFacts } from './rules.ts';

interface Side {
  readonly release: string;
  readonly share: number;
  readonly upstreams: readonly string[];
}

export interface ShareFacts extends Pick<FloorFacts, 'running' | 'truth' | 'recentDeaths'> {
  /** The fewest instances that were wanted since the shares in force were decided. */
  readonly fewest: (service: string) => number | undefined;
  /** The shares that were decided before those in force: the gateway may never have heard of them. */
  readonly earlier: (service: string) => Weights | undefined;
}

/** Nobody gets a greater share than its instances carry, or than their part of all that stand; and a blue-green switch has no moment with both sides. */
export function badShares(before: RouteTable | undefined, table: RouteTable, facts: ShareFacts): string | undefined {
  for (const rollout of facts.running?.services ?? []) {
    const { to, from, weights, service } = rollout;
    if (!weights || !to || !from || to.release === from.release) continue;
    const now = sidesOf(table, service);
    const found = bothSides(rollout, now) ?? overloaded(rollout, sidesOf(before, service), now, facts);
    if (found) return found;
  }
  return undefined;
}

function bothSides({ to, step, service }: ServiceRollout, now: readonly Side[]): string | undefined {
  if (to?.spec.strategy.kind !== 'blue-green' || !step || now.filter(({ share }) => share > 0).length < 2) return undefined;
  return `${service} is served by two releases in a blue-green rollout`;
}

function overloaded(
  { to, from, service }: ServiceRollout,
  then: readonly Side[],
  now: readonly Side[],
  { truth, recentDeaths, fewest, earlier }: ShareFacts,
): string | undefined {
  // With nobody else to serve, now or before, there is no choice; and a share of the dead was everybody's already (seed 542870).
  const served = then.filter((one) => one.upstreams.some((id) => truth(id)?.fit === true));
  const sum = served.reduce((total, one) => total + one.share, 0);
  const had = (release: string) => (served.find((one) => one.release === release)?.share ?? 0) / (sum || 1);
  if (now.filter((one) => one.upstreams.length > 0 && (one.share > 0 || had(one.release) > 0)).length < 2) return undefined;
  const fitIn = ({ upstreams }: Side) => upstreams.filter((id) => truth(id)?.wasFit === true).length;
  const standing = now.reduce((total, one) => total + fitIn(one), 0);
  for (const one of now) {
    const { release, share } = one;
    const side = [to, from].find((one) => one?.release === release);
    if (!side || share <= Math.max(had(release), earlier(service)?.[revisionOf(side)] ?? 0) + 1e-6) continue;
    const replicas = Math.min(side.replicas, fewest(service) ?? side.replicas);
    const fit = fitIn(one);
    // Where too few stand on all sides together, each of them gets as much as any other (seed 585816).
    if (share <= fit / standing + 1e-6) continue;
    if (fit < Math.floor(share * replicas + 1e-6) - recentDeaths(service))
      return `${release} gets ${share} of the traffic with ${fit} of ${replicas} instances`;
  }
  return undefined;
}

function sidesOf(table: RouteTable | undefined, service: string): readonly Side[] {
  const releases = table?.services.find((one) => one.key === serviceKey(scope, service))?.releases ?? [];
  const sum = releases.reduce((total, one) => total + one.weight, 0);
  return releases.map(({ release, weight, upstreams }) => ({
    release,
    share: sum === 0 ? 0 : weight / sum,
    upstreams: upstreams.map(({ instance }) => instance),
  }));
}
