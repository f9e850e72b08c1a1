// A certificate from made-up trials: real files, real signature, nothing deployed.
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOfJson } from '../../src/base/digest.ts';
import type { CertificateFacts } from '../../src/decide/certify/assemble.ts';
import { linked } from '../../src/decide/certify/attempts.ts';
import { defaultReadiness } from '../../src/decide/certify/criteria/production.ts';
import { merkleRoot } from '../../src/decide/certify/merkle.ts';
import { recompute } from '../../src/decide/certify/recompute.ts';
import type { Attempt } from '../../src/model/proving/attempt.ts';
import type { Exhibit, TrialVerdict } from '../../src/model/proving/trial.ts';
import { publicPem, trustedKey } from '../../src/proving/certificate/dsse.ts';
import type { BookedTrial, IssuedFiles } from '../../src/proving/certificate/issue.ts';
import { issueCertificate } from '../../src/proving/certificate/issue.ts';
import type { Verified, VerifyRequest } from '../../src/proving/certificate/verify.ts';
import { verifyCertificate } from '../../src/proving/certificate/verify.ts';
import { writeExhibit } from '../../src/proving/evidence.ts';
import { phaseExhibit } from '../kit/phases.ts';

export const now = Date.UTC(2026, 10, 23);

export interface MadeTrial {
  readonly id: string;
  readonly kind: BookedTrial['kind'];
  readonly verdict?: TrialVerdict;
  readonly exhibits: Readonly<Record<string, object>>;
}

/** 12,000 requests a trial under load: quick, and none of them failed. */
export const goodLoad = phaseExhibit({ name: 'load', rate: 1_500, seconds: 8, milliseconds: (n) => 1 + (n % 50) / 10, startedAt: now });

export const goodTrials: readonly MadeTrial[] = [
  { id: 'shop-staging-p2', kind: 'load', exhibits: { 'phases/load.json': goodLoad } },
  {
    id: 'shop-staging-p1',
    kind: 'certification',
    exhibits: {
      'reach.json': { format: 'reach/1', asked: [{ what: 'route shop.localhost/', answered: true, seen: 'status 200' }] },
      'course.json': { format: 'course/1', lost: [{ about: 'chaos', because: 'it was left out' }] },
    },
  },
];

export class Workplace implements AsyncDisposable {
  readonly directory: string;
  readonly key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async open(): Promise<Workplace> {
    return new Workplace(await mkdtemp(join(tmpdir(), 'codectl-certificate-')));
  }

  get file(): string {
    return join(this.directory, 'out', 'certificate.intoto.json');
  }

  get evidence(): string {
    return join(this.directory, 'out', 'evidence');
  }

  async issue(made: readonly MadeTrial[] = goodTrials, facts: Partial<CertificateFacts> = {}): Promise<IssuedFiles> {
    const evidence = join(this.directory, 'trials');
    const trials: BookedTrial[] = [];
    for (const { id, kind, verdict = 'passed', exhibits } of made) {
      await mkdir(join(evidence, id), { recursive: true });
      const written: Exhibit[] = [];
      for (const [name, content] of Object.entries(exhibits)) written.push(await writeExhibit(join(evidence, id), name, content));
      const times = { startedAt: new Date(now).toISOString(), endedAt: new Date(now + 60_000).toISOString() };
      trials.push({ id, kind, verdict, profile: 'quick', seed: 1, ...times, exhibits: written, root: merkleRoot(written) });
    }
    return issueCertificate({
      directory: join(this.directory, 'out'),
      evidence,
      key: this.key,
      trials,
      recompute,
      facts: {
        id: 'shop-staging-p1',
        application: 'shop',
        environment: 'staging',
        runtime: 'process',
        profile: 'quick',
        readiness: defaultReadiness,
        machine: { foreign: 0.01, stolen: 0, valid: true },
        releases: { api: 'api@0123456789ab' },
        subjects: [{ name: 'shop/staging/api', digest: { release: '0123456789ab' } }],
        platform: { kernel: '6.1', arch: 'x64', cpus: 2, memory: 8, node: '24', engine: '0.1' },
        attempts: attemptsOf(trials),
        now,
        verifier: 'codectl@test',
        ...facts,
      },
    });
  }

  verify(change: Partial<VerifyRequest> = {}): Promise<Verified> {
    const keys = [trustedKey(publicPem(this.key))];
    return verifyCertificate({ file: this.file, keys, present: {}, now: now + 1_000, recompute, ...change });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** The beginning and the end of each, the whole around its parts. */
export function attemptsOf(trials: readonly BookedTrial[]): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (const { id, kind, profile, verdict, root } of trials)
    for (const phase of ['begun', 'ended'] as const) {
      const end = phase === 'ended' ? { verdict, root } : {};
      attempts.push(
        linked(attempts.at(-1), { at: now, phase, trial: id, kind, profile, by: 'user:test', entry: digestOfJson({ id, phase }), ...end }),
      );
    }
  return attempts;
}
