// What a verdict is drawn from: requests and values that there really were of both releases, and which of the two is really worse.
import type { Deployment, ServiceRollout } from '../../../src/model/deployment.ts';
import type { AnalysisSpec } from '../../../src/model/rollout/strategy.ts';
import type { Universe } from '../world/universe.ts';
import { analysisOf } from './courses.ts';

/** No test of ours comes to a verdict with less. */
const least = { requests: 10, values: 4 };

/** Of one release. */
interface Seen {
  readonly requests: number;
  readonly values: number;
}

export class Grounds {
  readonly #universe: Universe;
  /** What there was when a deployment began, by deployment and release. */
  readonly #begun = new Map<string, Seen>();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  begin({ to, from }: ServiceRollout, { id }: Deployment): void {
    for (const one of [to, from]) if (one) this.#begun.set(`${id} ${one.release}`, this.#seen(one.release));
  }

  /** Since the deployment began. */
  since(release: string, { id }: Deployment): Seen {
    const [then, now] = [this.#begun.get(`${id} ${release}`) ?? { requests: 0, values: 0 }, this.#seen(release)];
    return { requests: now.requests - then.requests, values: now.values - then.values };
  }

  /** A verdict is drawn from something, and it is the right one: what is bad here is much worse than allowed. */
  badVerdict(before: ServiceRollout | undefined, now: ServiceRollout, deployment: Deployment): string | undefined {
    const word = wordOf(now);
    const spec = analysisOf(now);
    const { to, from } = now;
    if (!spec || !to || !from || word === 'inconclusive' || word === wordOf(before)) return undefined;
    const told = `${now.service} of ${deployment.id} has the verdict ${word}`;
    const found = this.#tooEarly(
      spec,
      [from, to].map(({ release }) => this.since(release, deployment)),
    );
    if (found !== undefined && word === 'pass') return `${told} ${found}`;
    const worse = this.#isWorse(spec, from.release, to.release);
    return worse === (word === 'fail') ? undefined : `${told}, and ${to.release} is ${worse ? 'worse' : 'no worse'} than ${from.release}`;
  }

  #tooEarly({ errors, latency, metrics }: AnalysisSpec, sides: readonly Seen[]): string | undefined {
    if ((errors || latency) && sides.some(({ requests }) => requests < least.requests))
      return `after ${sides.map(({ requests }) => requests).join(' and ')} requests`;
    if (metrics && sides.some(({ values }) => values < least.values))
      return `after ${sides.map(({ values }) => values).join(' and ')} values`;
    return undefined;
  }

  #isWorse({ errors, latency, metrics }: AnalysisSpec, old: string, fresh: string): boolean {
    const kinds = [...(errors ? ['erring'] : []), ...(latency ? ['sluggish'] : []), ...(metrics ? ['worse'] : [])];
    const badAt = (release: string) => kinds.find((kind) => this.#universe.population.codeOf(release).startsWith(`${kind}-`));
    const bad = badAt(fresh);
    return bad !== undefined && bad !== badAt(old);
  }

  #seen(release: string): Seen {
    const { crowd, gauges } = this.#universe;
    return { requests: crowd.requestsTo(release), values: gauges.valuesOf(release) };
  }
}

function wordOf(rollout: ServiceRollout | undefined) {
  return rollout?.analysis?.verdict?.verdict ?? 'inconclusive';
}
