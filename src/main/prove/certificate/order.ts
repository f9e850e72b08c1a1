// What a certificate is made from: trials as the book has them, and the facts of this engine and this machine.
import { subjectsOf } from '../../../decide/certify/assemble.ts';
import { recompute } from '../../../decide/certify/recompute.ts';
import type { Readiness1 } from '../../../model/readiness/certificate.ts';
import type { BookedTrial, IssueOrder } from '../../../proving/certificate/issue.ts';
import { openKey } from '../../../proving/certificate/keys.ts';
import { thisPlatform } from '../../../proving/certificate/machine.ts';
import type { IssueRequest } from '../../../surfaces/cli/certify/certifying.ts';
import type { TrialAnswers } from '../../../surfaces/cli/prove/answers.ts';
import { certifiedSource, previousOf } from './before.ts';
import { evidenceOf, keyPlaces } from './places.ts';

/** `engine`: its version. */
export async function orderOf(request: IssueRequest, engine: string): Promise<IssueOrder> {
  const { home: root, directory, id, profile, readiness, machine } = request;
  const target = request.target as TrialAnswers['trials.target'];
  const { application, environment, runtime } = target;
  const trials = (request.trials as readonly TrialAnswers['trials.get'][]).flatMap(bookedTrial);
  const releases = Object.fromEntries(target.services.map(({ service, release }) => [service, release]));
  const before = await previousOf(root, { application, environment });
  const attempts = (request.attempts as Readiness1['attempts']).filter(({ sequence }) => sequence > (before?.after.sequence ?? 0));
  const source = await certifiedSource(
    evidenceOf(root, id),
    trials.find((one) => one.id === id),
  );
  return {
    directory,
    evidence: evidenceOf(root),
    key: await openKey(keyPlaces(root)),
    trials,
    recompute,
    facts: {
      id,
      application,
      environment,
      runtime,
      profile,
      readiness,
      machine,
      releases,
      attempts,
      ...(before && { previous: before.digest, after: before.after }),
      ...(source && { source }),
      subjects: subjectsOf({ application, environment, releases, source }),
      platform: thisPlatform(engine),
      now: Date.now(),
      verifier: `codectl@${engine}`,
    },
  };
}

/** Those that came to an end; of one that did not, the chain has the beginning. */
function bookedTrial(one: TrialAnswers['trials.get']): readonly BookedTrial[] {
  const { id, kind, profile, seed, started_at, ended_at, verdict, root, exhibits = [], machine } = one;
  if (ended_at === undefined || verdict === undefined || root === undefined) return [];
  return [
    {
      id,
      kind,
      profile,
      seed,
      startedAt: started_at,
      endedAt: ended_at,
      verdict,
      ...(machine && { machine }),
      exhibits,
      root,
    },
  ];
}
