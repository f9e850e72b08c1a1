// The steps of `certificate verify` that need no disk: each holds, does not hold – with the first byte, sample or rule that is wrong – or could not be tried.
import { canonicalJson } from '../../base/digest.ts';
import type { Attempt } from '../../model/proving/attempt.ts';
import type { CertifiedTrial, Readiness1 } from '../../model/readiness/certificate.ts';
import type { Exhibits } from '../prove/figures/exhibits.ts';
import { bundleOf, criteriaDigest, judgement, reviewAfter, validFor } from './assemble.ts';
import { chainProblem } from './attempts.ts';
import { inconsistency } from './consistency.ts';
import { merkleRoot } from './merkle.ts';
import type { Recompute } from './recompute.ts';
import { criteriaText } from './render/text.ts';
import { rubric } from './score.ts';
import { timelineProblem } from './timeline.ts';

/** From the best to the worst; the worst of all steps is the word of the whole. */
export const verdictWords = [
  'valid',
  'review_due',
  'recertification_required',
  'expired',
  'untrusted_key',
  'inconsistent',
  'tampered',
  'unreadable',
] as const;

export type VerifyWord = (typeof verdictWords)[number];

export interface Step {
  readonly number: number;
  readonly name: string;
  readonly state: 'held' | 'failed' | 'skipped';
  /** What the failure makes of the certificate. */
  readonly word?: VerifyWord;
  readonly said: string;
}

export const stepNames = [
  'envelope',
  'signatures',
  'statement',
  'subjects',
  'dates',
  'criteria',
  'evidence',
  'recomputation',
  'consistency',
  'triggers',
  'attempts',
] as const;

type StepName = (typeof stepNames)[number];

export function held(name: StepName, said: string): Step {
  return { number: stepNames.indexOf(name) + 1, name, state: 'held', said };
}

export function failed(name: StepName, word: VerifyWord, said: string): Step {
  return { number: stepNames.indexOf(name) + 1, name, state: 'failed', word, said };
}

export function skipped(name: StepName, said: string): Step {
  return { number: stepNames.indexOf(name) + 1, name, state: 'skipped', said };
}

export function worstOf(steps: readonly Step[]): VerifyWord {
  return verdictWords[Math.max(0, ...steps.map(({ word = 'valid' }) => verdictWords.indexOf(word)))] ?? 'unreadable';
}

/** Now and until when it says anything. */
export function checkDates({ issuedAt, reviewBy, notAfter }: Readiness1, now: number): Step {
  const [issued, review, end] = [issuedAt, reviewBy, notAfter].map((text) => Date.parse(text)) as [number, number, number];
  if (review - issued !== reviewAfter || end - issued !== validFor)
    return failed('dates', 'inconsistent', `its dates are not those of its kind: issued ${issuedAt}, review ${reviewBy}, end ${notAfter}`);
  if (now < issued - 300_000) return failed('dates', 'inconsistent', `it will be issued at ${issuedAt}, which is not yet`);
  if (now > end) return failed('dates', 'expired', `it ended at ${notAfter}`);
  if (now > review) return failed('dates', 'review_due', `it was to be looked at again by ${reviewBy}`);
  return held('dates', `valid until ${notAfter}, to be reviewed by ${reviewBy}`);
}

/** `trusted`: the digest of the criteria that whoever verifies wants; absent: those of the certificate are taken, and told. */
export function checkCriteria({ criteria }: Readiness1, trusted: string | undefined): Step {
  if (criteria.rubric !== rubric)
    return failed('criteria', 'inconsistent', `it was scored by rubric ${criteria.rubric}; this engine knows ${rubric}`);
  const digest = criteriaDigest(criteria);
  if (digest !== criteria.digest)
    return failed('criteria', 'inconsistent', `the criteria have the digest ${digest}, not ${criteria.digest}`);
  if (trusted !== undefined && trusted !== digest)
    return failed('criteria', 'recertification_required', `the criteria that are wanted now are others than “${criteria.name}”`);
  const whose = trusted === undefined ? criteriaText(criteria) : `“${criteria.name}”, as wanted`;
  return held('criteria', `${criteria.criteria.length} criteria ${whose}, rubric ${rubric}`);
}

/** Every figure, result and score once more; the first that differs is named. */
export function checkRecomputation(predicate: Readiness1, evidence: ReadonlyMap<string, Exhibits>, recompute: Recompute): Step {
  for (const trial of predicate.trials) {
    const problem = figuresProblem(trial, evidence.get(trial.id) ?? {}, recompute);
    if (problem !== undefined) return failed('recomputation', 'inconsistent', problem);
  }
  const count = predicate.trials.reduce((sum, { figures }) => sum + figures.length, 0);
  return held('recomputation', `${count} figures of ${predicate.trials.length} trials are what their evidence says`);
}

function figuresProblem(trial: CertifiedTrial, exhibits: Exhibits, recompute: Recompute): string | undefined {
  const again = computed(trial.kind, exhibits, recompute);
  if (again === undefined) return `figures of ${trial.kind} trials (${trial.id}) cannot be computed here`;
  const pairs = [
    [trial.figures, again.figures],
    [trial.unmeasured, again.unmeasured],
  ] as const;
  for (const [claimed, found] of pairs) {
    if (canonicalJson(claimed) === canonicalJson(found)) continue;
    const at = Math.max(
      0,
      claimed.findIndex((one, index) => canonicalJson(one) !== canonicalJson(found[index] ?? null)),
    );
    const [one, other] = [claimed[at] ?? found[claimed.length], found[at]];
    return `${trial.id}: ${one?.id ?? 'a figure'} is ${shown(other)} by its evidence, and is claimed to be ${shown(claimed[at])}`;
  }
  return undefined;
}

/** Evidence of another shape than the figures know is none. */
function computed(...[kind, exhibits, recompute]: readonly [CertifiedTrial['kind'], Exhibits, Recompute]): ReturnType<Recompute> {
  try {
    return recompute(kind, exhibits);
  } catch {
    return undefined;
  }
}

function shown(one: CertifiedTrial['figures'][number] | CertifiedTrial['unmeasured'][number] | undefined): string {
  if (one === undefined) return 'nothing';
  return 'estimate' in one ? `${one.estimate} [${one.lower}, ${one.upper}] ${one.unit} (n = ${one.n})` : `not measured (${one.because})`;
}

/** What follows from the figures, whatever their evidence: results, scores and level; and what must agree with itself. */
export function checkConsistency(predicate: Readiness1, evidence: ReadonlyMap<string, Exhibits>): Step {
  const { criteria, trials, machine, scores, level, conditions, results } = predicate;
  const again = judgement(criteria, trials, machine);
  const claimed = results.find((one, at) => canonicalJson(one) !== canonicalJson(again.results[at] ?? null));
  if (claimed || results.length !== again.results.length) {
    const right = again.results.find(({ id }) => id === claimed?.id);
    return failed(
      'consistency',
      'inconsistent',
      `criterion ${claimed?.id ?? 'list'} is ${right?.word ?? 'another'}, and is claimed to be ${claimed?.word}`,
    );
  }
  const rest = { scores, level, conditions };
  const due = { scores: again.scores, level: again.level, conditions: again.conditions };
  if (canonicalJson(rest) !== canonicalJson(due))
    return failed(
      'consistency',
      'inconsistent',
      `its level is ${again.level} with ${again.scores.overall.score} of 10, and is claimed to be ${level} with ${scores.overall.score}`,
    );
  const odd = oddity(predicate, evidence);
  if (odd !== undefined) return failed('consistency', 'inconsistent', odd);
  return held('consistency', `${results.length} results and the level ${level} follow from the figures`);
}

function oddity(predicate: Readiness1, evidence: ReadonlyMap<string, Exhibits>): string | undefined {
  const within = predicate.trials.map((trial) => inconsistency(trial, evidence.get(trial.id) ?? {}));
  return within.find((problem) => problem !== undefined) ?? timelineProblem(predicate, evidence);
}

/** The roots of the trials and of the whole, from the digests of their exhibits. */
export function rootProblem({ trials, evidence }: Readiness1): string | undefined {
  const odd = trials.find(({ exhibits, root }) => merkleRoot(exhibits) !== root);
  if (odd) return `the exhibits of ${odd.id} have another root than it says`;
  const all = bundleOf(trials);
  if (new Set(all.map(({ name }) => name)).size < all.length) return 'one exhibit is named twice';
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  if (merkleRoot(all) !== evidence.root || all.length !== evidence.files || bytes !== evidence.bytes)
    return `the evidence as a whole has another root than ${evidence.root}`;
  return undefined;
}

/** The chain is whole, has every trial of the certificate, and ends with the end of the certification. */
export function checkAttempts({ id: whole, attempts, after, trials }: Readiness1): Step {
  const problem = after === undefined && attempts[0]?.sequence !== 1 ? 'attempt 1 is missing' : chainProblem(attempts, after);
  if (problem !== undefined) return failed('attempts', 'tampered', problem);
  for (const { id, root, verdict } of trials) {
    const end = attempts.find(({ trial, phase }) => trial === id && phase === 'ended');
    if (!end) return failed('attempts', 'inconsistent', `the end of trial ${id} is not in the chain`);
    if (end.root !== root || end.verdict !== verdict)
      return failed('attempts', 'inconsistent', `trial ${id} ended ${end.verdict} with other evidence than the certificate says`);
  }
  const hidden = leftOut(whole, attempts).find((id) => !trials.some((one) => one.id === id));
  if (hidden !== undefined) return failed('attempts', 'inconsistent', `trial ${hidden} ended within the certification, and is left out`);
  const begun = new Set(attempts.filter(({ phase }) => phase === 'begun').map(({ trial }) => trial));
  const others = [...begun].filter((id) => !trials.some((one) => one.id === id)).length;
  const since = after === undefined ? 'since ever' : `since the certificate before, which has the first ${after.sequence} links`;
  return held('attempts', `${begun.size} trials ${since}, ${others} of them not part of this certificate`);
}

/** Trials that ended while the certification ran: all of them are its parts, also those that came out worse. */
function leftOut(whole: string, attempts: readonly Attempt[]): readonly string[] {
  const at = (wanted: Attempt['phase']) => attempts.findIndex(({ trial, phase }) => trial === whole && phase === wanted);
  return attempts.slice(at('begun') + 1, Math.max(0, at('ended'))).flatMap(({ trial, phase }) => (phase === 'ended' ? [trial] : []));
}
