// From what trials measured to what a certificate says: judged, scored, with its risks, its conditions and how long it holds.
import { digestOfJson } from '../../base/digest.ts';
import type { CriterionResult, Domain } from '../../model/proving/criterion.ts';
import type { Exhibit } from '../../model/proving/trial.ts';
import type { CertifiedResult, CertifiedTrial, Readiness1, Risk, Statement, Subject } from '../../model/readiness/certificate.ts';
import { predicateType, statementType } from '../../model/readiness/certificate.ts';
import type { Readiness } from '../../model/readiness/readiness.ts';
import type { Measured } from './judge.ts';
import { judgeAll, thresholdText } from './judge.ts';
import { merkleRoot } from './merkle.ts';
import { rubric, scoreOf, unmeasuredFirst } from './score.ts';

const day = 24 * 3_600_000;
/** After three months somebody looks at it again; after a year it says nothing any more. */
export const reviewAfter = 90 * day;
export const validFor = 365 * day;

type Given =
  | 'id'
  | 'application'
  | 'environment'
  | 'runtime'
  | 'profile'
  | 'platform'
  | 'machine'
  | 'releases'
  | 'trials'
  | 'attempts'
  | 'after'
  | 'source'
  | 'previous';

export type CertificateFacts = Pick<Readiness1, Given> & {
  readonly subjects: readonly Subject[];
  readonly readiness: Readiness;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly verifier: string;
};

/** What a certificate is about, as other tools find it. `api@0123456789ab` → release 0123456789ab. */
export function subjectsOf({
  application,
  environment,
  releases,
  source,
}: Pick<Readiness1, 'application' | 'environment' | 'releases'> & { readonly source: Readiness1['source'] }): readonly Subject[] {
  const services = Object.entries(releases).map(([service, release]) => ({
    name: `${application}/${environment}/${service}`,
    digest: { release: release.split('@')[1] ?? release },
  }));
  return source ? [...services, { name: 'source', digest: { lines: source.digest.slice('sha256:'.length) } }] : services;
}

export function statementOf({ subjects, readiness, now, verifier, ...facts }: CertificateFacts): Statement {
  const { trials, machine, application, environment } = facts;
  const judged = judgement(readiness, trials, machine);
  const exhibits = bundleOf(trials);
  const iso = (at: number) => new Date(at).toISOString();
  const predicate: Readiness1 = {
    ...facts,
    issuedAt: iso(now),
    reviewBy: iso(now + reviewAfter),
    notAfter: iso(now + validFor),
    verifier: { id: verifier },
    criteria: {
      name: readiness.name,
      rubric,
      digest: criteriaDigest(readiness),
      criteria: readiness.criteria,
      excluded: readiness.excluded,
    },
    ...judged,
    risks: risksOf(readiness, judged.results, { application, environment }),
    evidence: {
      root: merkleRoot(exhibits),
      files: exhibits.length,
      bytes: exhibits.reduce((sum, { bytes }) => sum + bytes, 0),
    },
  };
  return { _type: statementType, subject: subjects, predicateType, predicate };
}

/** What follows from criteria and figures alone, and what `verify` computes again. */
export function judgement(
  readiness: Pick<Readiness, 'criteria' | 'excluded'>,
  trials: readonly CertifiedTrial[],
  machine: Readiness1['machine'],
): Pick<Readiness1, 'results' | 'scores' | 'level' | 'conditions'> {
  const results = judgeAll(readiness.criteria, measuredIn(trials));
  const invalid = machine.valid ? undefined : (machine.because ?? 'the machine was too busy');
  const excluded = readiness.excluded.map(({ domain }) => domain);
  const { level, because, ...scores } = scoreOf({ results, excluded, ...(invalid !== undefined && { invalid }) });
  return { results: results.map(shortResult), scores, level, conditions: because };
}

export function criteriaDigest({ criteria, excluded }: Pick<Readiness, 'criteria' | 'excluded'>): string {
  return digestOfJson({ rubric, criteria, excluded });
}

/** All exhibits of all trials, each under the name of its trial. */
export function bundleOf(trials: readonly CertifiedTrial[]): readonly Exhibit[] {
  return trials.flatMap(({ id, exhibits }) => exhibits.map((one) => ({ ...one, name: `${id}/${one.name}` })));
}

/** Of trials that came to an end on a machine that was quiet enough; of others nothing counts, and it is said why. */
export function measuredIn(trials: readonly CertifiedTrial[]): Measured {
  const figures = trials.flatMap((one) => (whyNot(one) === undefined ? one.figures : []));
  const lost = trials.flatMap((one) => {
    const because = whyNot(one);
    return because === undefined ? one.unmeasured : [...one.figures, ...one.unmeasured].map(({ id }) => ({ id, because }));
  });
  return { figures, unmeasured: lost };
}

function whyNot({ id, kind, verdict, machine }: CertifiedTrial): string | undefined {
  // Of a machine that was busy all along the level speaks; what was seen is shown all the same.
  if (kind === 'certification' && verdict === 'invalid') return undefined;
  // Each experiment is judged for itself: one that went wrong does not take the others along.
  if (kind === 'chaos' && verdict === 'errored') return undefined;
  const which = `the ${kind} trial ${id}`;
  if (verdict === 'interrupted' || verdict === 'errored' || verdict === 'invalid') return `${which} was ${verdict}`;
  return machine?.valid === false ? `${which} ran on a busy machine: ${machine.because ?? 'it was void'}` : undefined;
}

function shortResult({ criterion: { id, domain }, word, grade, figure, because }: CriterionResult): CertifiedResult {
  return { id, domain, word, grade, ...(figure && { figure }), ...(because !== undefined && { because }) };
}

const commands: Readonly<Record<Domain, string>> = {
  integration: 'codectl status APP',
  performance: 'codectl prove load APP',
  stress: 'codectl prove stress APP',
  chaos: 'codectl prove chaos APP',
  security: 'codectl prove security APP',
  scalability: 'codectl prove scale APP SERVICE',
  monitoring: 'codectl status APP',
  infrastructure: 'codectl doctor',
  experts: 'codectl certify --print-criteria',
  deployment: 'codectl history',
};

/** What was not measured is a risk like what is not met, and comes first. */
function risksOf(
  readiness: Readiness,
  results: readonly CertifiedResult[],
  scope: { readonly application: string; readonly environment: string },
): readonly Risk[] {
  return results
    .filter(({ word }) => word !== 'met')
    .toSorted(unmeasuredFirst)
    .flatMap(({ id, word, because = '' }): readonly Risk[] => {
      const criterion = readiness.criteria.find((one) => one.id === id);
      if (!criterion) return [];
      const claim = `“${criterion.statement}” (${thresholdText(criterion.threshold)})`;
      const what = word === 'not_measured' ? `Nobody knows whether ${claim} holds: ${because}` : `${claim} does not hold: ${because}`;
      const command = commandFor(criterion.domain, scope);
      return [{ criterion: id, severity: criterion.weight, what, command }];
    });
}

function commandFor(domain: Domain, { application, environment }: { readonly application: string; readonly environment: string }): string {
  const named = commands[domain].replace('codectl status APP', `codectl status --app ${application}`).replace('APP', application);
  return named.includes(' prove ') ? `${named} --env ${environment}` : named;
}
