// Reads what other systems know of two releases beside each other, while a deployment is judged by it; passes never wait for them.
import type { Clock } from '../../base/clock.ts';
import type { Question } from '../../decide/rollout/judge.ts';
import { questionsOf } from '../../decide/rollout/judge.ts';
import type { Deployment } from '../../model/deployment.ts';
import { scopeKey } from '../../model/instance.ts';
import type { TimedSamples } from '../../model/measurement.ts';
import type { MetricSource } from '../../model/scale.ts';
import type { MetricAnswer, Metrics } from '../../ports/metrics.ts';
import { askMetric } from '../ask.ts';

/** Newest values kept per service, until a look takes them. */
const kept = 50;

interface Page {
  readonly deployment: string;
  /** When each metric was asked last. */
  readonly asked: Map<string, number>;
  readonly asking: Set<string>;
  readonly samples: Map<string, readonly TimedSamples[]>;
}

export interface SamplerOptions {
  /** Absent: nothing can be asked, which is told as the reason. */
  readonly metrics?: Metrics;
  readonly clock: Clock;
  /** Called when values have come. */
  readonly came: (deployment: Deployment) => void;
}

/** What is lost with the engine are values that no look has taken: they are read again. */
export class Sampler {
  readonly #options: SamplerOptions;
  /** By scope, of the newest deployment. */
  readonly #pages = new Map<string, Page>();
  readonly #stopped = new AbortController();

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** Asks what is due, and hands out what has come so far, by service. */
  of(deployment: Deployment): Readonly<Record<string, readonly TimedSamples[]>> {
    const questions = questionsOf(deployment);
    if (questions.length === 0) return {};
    const page = this.#page(deployment);
    const now = this.#options.clock.now();
    for (const one of questions) {
      const key = `${one.service} ${one.spec.metric}`;
      if (page.asking.has(key) || now < (page.asked.get(key) ?? Number.NEGATIVE_INFINITY) + one.spec.every) continue;
      page.asking.add(key);
      page.asked.set(key, now);
      void this.#note(one, key, page, deployment);
    }
    return Object.fromEntries(page.samples);
  }

  #page({ id, scope }: Deployment): Page {
    const known = this.#pages.get(scopeKey(scope));
    if (known?.deployment === id) return known;
    const page: Page = { deployment: id, asked: new Map(), asking: new Set(), samples: new Map() };
    this.#pages.set(scopeKey(scope), page);
    return page;
  }

  /** Gives up what is being read. */
  stop(): void {
    this.#stopped.abort();
  }

  async #note(question: Question, key: string, page: Page, deployment: Deployment): Promise<void> {
    const samples = await this.#ask(question);
    page.asking.delete(key);
    page.samples.set(question.service, [...(page.samples.get(question.service) ?? []), samples].slice(-kept));
    if (!this.#stopped.signal.aborted) this.#options.came(deployment);
  }

  async #ask({ spec, baseline, canary }: Question): Promise<TimedSamples> {
    const [old, fresh] = await Promise.all(
      [baseline, canary].map((release) => askMetric(this.#options, naming(spec.source, release), this.#stopped.signal)),
    );
    const { metric } = spec;
    const at = this.#options.clock.now();
    if (old?.kind !== 'value') return { metric, canary: [], missing: because('old', old), at };
    if (fresh?.kind !== 'value') return { metric, canary: [], missing: because('new', fresh), at };
    return { metric, baseline: [old.value], canary: [fresh.value], at };
  }
}

function because(side: string, answer: MetricAnswer | undefined): string {
  return `of the ${side} release: ${answer?.kind === 'failed' ? answer.because : 'no answer'}`;
}

/** `api@3f9a1c2b44d0` needs no escaping, neither in a string of PromQL nor in an address. */
function naming(source: MetricSource, release: string): MetricSource {
  const filled = (text: string) => text.replaceAll('{{release}}', release);
  return source.kind === 'prometheus' ? { ...source, query: filled(source.query) } : { ...source, url: filled(source.url) };
}
