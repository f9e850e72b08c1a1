// `codectl bench verdict`: how often a canary's judge aborts what is good, and how long it takes to find what is not, beside other rules.
import { median } from '../../decide/median.ts';
import type { AnalysisSpec } from '../../model/service.ts';
import type { Ended, Setting } from './canary/rollouts.ts';
import { rollout, secondsTo, share } from './canary/rollouts.ts';
import type { Rule } from './canary/rules.ts';
import { kayenta, sequential, threshold } from './canary/rules.ts';
import { fivePoints, lateFault, same, sharedOutage, tides, twiceP99 } from './canary/stories.ts';
import type { Bench, BenchCall, Contestant, Ratio } from './report.ts';
import { atMost, contestant, ratio, report } from './report.ts';

const spec: AnalysisSpec = { errors: { worseBy: 0.01 }, latency: { p99: { worseBy: 0.2 } }, confidence: 0.99, atMost: 900_000 };

const ours = sequential(spec);
const rules: readonly Rule[] = [ours, kayenta(0.25), kayenta(0), threshold({ errors: 0.02, p99: 120 })];
const good = [same, sharedOutage, tides];
const faulty = [fivePoints, twiceP99, lateFault];

const notes = [
  'Made-up traffic, the same second by second for every rule: Poisson arrivals, 0.5 % errors, log-logistic latencies with a p99 of 63 ms; as many requests to the new release as to the old one. An outage fails a third of the requests to both for 20 s; tides raise errors and latencies of both up to fivefold and twofold.',
  'codectl: errors 1 point and p99 20 % worse allowed, 99 % confidence, a look every second. Mann–Whitney: 98 % interval beyond its tolerance times the estimate, over averages of 10 s, a look at each from the fifth on. Fixed limits: the last minute, a look every 10 s.',
  'Seconds are of those that found the fault within the rollout; the share beside it says how many did.',
];

/** One round of one rule under one story. */
interface Round {
  readonly rule: Rule;
  readonly story: Setting['story'];
  readonly ended: readonly Ended[];
}

export const verdict: Bench = {
  name: 'verdict',
  summary: 'False aborts of canaries and time to find a fault, beside the Mann–Whitney rule of Kayenta and fixed limits',
  parameters: { rounds: 5, rollouts: 40, seconds: 300, rate: 50 },
  run: async (call) => {
    const found: Round[] = [];
    for (let round = 0; round < (call.parameters['rounds'] ?? 0); round += 1)
      for (const story of [...good, ...faulty]) {
        call.progress(`round ${round + 1} of ${call.parameters['rounds']}: ${story.name}`);
        for (const rule of rules) found.push({ rule, story, ended: await rollouts(rule, story, round, call) });
      }
    return report('verdict', call.parameters, {
      contestants: [...good.flatMap((story) => aborted(story, found)), ...faulty.flatMap((story) => detected(story, found)), passed(found)],
      ratios: faulty.flatMap((story) => quicker(story, found)),
      notes,
    });
  },
};

async function rollouts(rule: Rule, story: Setting['story'], round: number, { parameters, signal }: BenchCall): Promise<readonly Ended[]> {
  const { rollouts: count = 0, seconds = 0, rate = 0 } = parameters;
  const setting: Setting = { story, rates: { baseline: rate, canary: rate }, seconds, beyondPass: true };
  const ended: Ended[] = [];
  for (let index = 0; index < count; index += 1) {
    // A rollout is some milliseconds of work: whoever wants it to end is heard in between.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    ended.push(rollout(rule, setting, round * count + index + 1));
  }
  return ended;
}

const percent = (part: number) => 100 * part;
const roundsOf = (rule: Rule, story: Setting['story'], found: readonly Round[]) =>
  found.filter((one) => one.rule === rule && one.story === story).map((one) => one.ended);

function aborted(story: Setting['story'], found: readonly Round[]): readonly Contestant[] {
  return rules.map((rule) => {
    const shares = roundsOf(rule, story, found).map((ended) => percent(share(ended, 'fail')));
    return contestant(
      `${rule.name}: aborted, ${story.name}`,
      '%',
      shares,
      rule === ours ? atMost(percent(1 - spec.confidence)) : undefined,
    );
  });
}

function detected(story: Setting['story'], found: readonly Round[]): readonly Contestant[] {
  return rules.flatMap((rule) => {
    const rounds = roundsOf(rule, story, found);
    return [
      contestant(
        `${rule.name}: found, ${story.name}`,
        '%',
        rounds.map((ended) => percent(share(ended, 'fail'))),
      ),
      contestant(
        `${rule.name}: seconds to find ${story.name}`,
        's',
        rounds.flatMap(medianOfFound),
        rule === ours && story !== lateFault ? atMost(60) : undefined,
      ),
    ];
  });
}

function passed(found: readonly Round[]): Contestant {
  const seconds = roundsOf(ours, same, found).map((ended) => median(secondsTo(ended, 'pass')));
  return contestant(`${ours.name}: seconds until ${same.name} has passed`, 's', seconds.filter(Number.isFinite));
}

function quicker(story: Setting['story'], found: readonly Round[]): readonly Ratio[] {
  const times = (rule: Rule) => roundsOf(rule, story, found).flatMap(medianOfFound);
  return rules.filter((rule) => rule !== ours).map((rule) => ratio(`${rule.name} / ${ours.name}, ${story.name}`, times(rule), times(ours)));
}

/** Nothing when none was found. */
function medianOfFound(ended: readonly Ended[]): readonly number[] {
  const seconds = secondsTo(ended, 'fail').filter(Number.isFinite);
  return seconds.length === 0 ? [] : [median(seconds)];
}
