// `certificate verify`: the eleven steps, offline; whatever is wrong is told by the first byte, file, sample or rule that does not hold.
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalJson } from '../../base/digest.ts';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { subjectsOf } from '../../decide/certify/assemble.ts';
import type { Step, VerifyWord } from '../../decide/certify/check.ts';
import {
  checkAttempts,
  checkConsistency,
  checkCriteria,
  checkDates,
  checkRecomputation,
  failed,
  held,
  rootProblem,
  skipped,
  worstOf,
} from '../../decide/certify/check.ts';
import { readStatement } from '../../decide/certify/read.ts';
import type { Present } from '../../decide/certify/recertify.ts';
import { checkTriggers } from '../../decide/certify/recertify.ts';
import type { Recompute } from '../../decide/certify/recompute.ts';
import { linesOf, sourceDigest, sourceIn } from '../../decide/certify/source.ts';
import type { Exhibits } from '../../decide/prove/figures/exhibits.ts';
import type { Readiness1, Statement } from '../../model/readiness/certificate.ts';
import { parseJson } from '../../platform/guard/document/json.ts';
import { readBundle } from './bundle.ts';
import type { Envelope, TrustedKey } from './dsse.ts';
import { envelopeProblem, firstDifference, signatureProblem } from './dsse.ts';

const largest = 16 * 1024 ** 2;
const limits = { size: largest, depth: 64, values: 2_000_000 };

export interface VerifyRequest {
  readonly file: string;
  /** Absent: `evidence` beside the file. */
  readonly evidence?: string;
  readonly keys: readonly TrustedKey[];
  /** Digest of the criteria that are wanted; absent: the certificate's own. */
  readonly criteria?: string;
  readonly present: Present;
  readonly now: number;
  readonly recompute: Recompute;
}

export interface Verified {
  readonly word: VerifyWord;
  readonly steps: readonly Step[];
  /** Absent where there is nothing to be read. */
  readonly statement?: Statement;
}

/** Errors: `input_invalid` where there is no such file. */
export async function verifyCertificate(request: VerifyRequest): Promise<Verified> {
  const opened = await openEnvelope(request.file, request.keys);
  if (!('envelope' in opened)) return verdict(opened.steps);
  const read = statementIn(opened.envelope);
  if ('problem' in read) return verdict([...opened.steps, failed('statement', read.word, read.problem)]);
  const { predicate } = read.statement;
  const known = [
    ...opened.steps,
    held('statement', `${predicate.id}: ${predicate.application} in ${predicate.environment}, ${predicate.level}`),
  ];
  const { step, exhibits } = await evidenceOf(request, predicate);
  const after = exhibits ? fromEvidence(request, predicate, exhibits) : { checked: withoutEvidence(predicate), source: undefined };
  const steps = [
    ...known,
    subjectsStep(read.statement),
    checkDates(predicate, request.now),
    checkCriteria(predicate, request.criteria),
    step,
    ...after.checked,
    checkTriggers(predicate, request.present, after.source),
    checkAttempts(predicate),
  ];
  return { ...verdict(steps), statement: read.statement };
}

function verdict(steps: readonly Step[]): Verified {
  return { word: worstOf(steps), steps };
}

/** The words of a certificate, whoever signed it: for those who only look. Errors: `input_invalid`. */
export async function readCertificate(file: string): Promise<{ readonly envelope: Envelope; readonly statement: Statement }> {
  const opened = await openEnvelope(file, undefined);
  const read = 'envelope' in opened ? statementIn(opened.envelope) : { problem: opened.steps.at(-1)?.said ?? 'it cannot be read' };
  if ('envelope' in opened && 'statement' in read) return { envelope: opened.envelope, statement: read.statement };
  throw new CodeError('input_invalid', `${file} is no certificate: ${'problem' in read ? read.problem : 'it cannot be read'}.`, {
    hint: 'Give the file certificate.intoto.json that "codectl certify" wrote.',
  });
}

type Opened = { readonly steps: readonly Step[] } | { readonly steps: readonly Step[]; readonly envelope: Envelope };

async function openEnvelope(file: string, keys: readonly TrustedKey[] | undefined): Promise<Opened> {
  const text = await textOf(file);
  if (typeof text !== 'string') return { steps: [failed('envelope', 'unreadable', text.problem)] };
  let parsed: unknown;
  try {
    parsed = parseJson(text, limits, 'The certificate');
  } catch (thrown) {
    if (!(thrown instanceof CodeError)) throw thrown;
    return { steps: [failed('envelope', 'unreadable', thrown.message)] };
  }
  const odd = envelopeProblem(text, parsed);
  if (odd) return { steps: [failed('envelope', odd.word, odd.problem)] };
  const envelope = parsed as Envelope;
  const whole = held('envelope', `${text.length} bytes, written as they were signed`);
  if (keys === undefined) return { steps: [whole], envelope };
  const wrong = signatureProblem(envelope, keys);
  if (wrong) return { steps: [whole, failed('signatures', wrong.word, wrong.problem)] };
  const who = envelope.signatures.map(({ keyid }) => keyid.slice(0, 16)).join(', ');
  return { steps: [whole, held('signatures', `by ${who}`)], envelope };
}

async function textOf(file: string): Promise<string | { readonly problem: string }> {
  try {
    const found = await stat(file);
    if (!found.isFile()) return { problem: 'it is no plain file' };
    const { size } = found;
    if (size > largest) return { problem: `it has ${size} bytes, and at most ${largest} are looked at` };
    const bytes = await readFile(file);
    const text = bytes.toString('utf8');
    const at = firstDifference(text, bytes.toString('latin1'));
    return Buffer.from(text).equals(bytes) ? text : { problem: `it is no UTF-8 from byte ${at} on` };
  } catch (thrown) {
    const code = systemErrorCode(thrown);
    if (code === undefined) throw thrown;
    throw new CodeError('input_invalid', `${file} cannot be read (${code}).`, { hint: 'Give the file certificate.intoto.json.' });
  }
}

type ReadWords = { readonly statement: Statement } | { readonly word: 'tampered' | 'unreadable'; readonly problem: string };

/** Of the bytes that were signed, and of nothing else. */
function statementIn({ payload }: Envelope): ReadWords {
  const text = Buffer.from(payload, 'base64').toString('utf8');
  try {
    const value = parseJson(text, limits, 'The statement');
    const again = canonicalJson(value);
    if (again !== text) return { word: 'tampered', problem: `byte ${firstDifference(text, again)} of the statement is not as we write it` };
    const read = readStatement(value);
    return 'statement' in read ? read : { word: 'unreadable', problem: read.problem };
  } catch (thrown) {
    if (thrown instanceof CodeError) return { word: 'unreadable', problem: thrown.message };
    throw thrown;
  }
}

/** What it is about is named twice, and both times the same: as subjects for other tools, and as releases. */
function subjectsStep({ subject, predicate: { application, environment, releases, source } }: Statement): Step {
  const due = new Map(subjectsOf({ application, environment, releases, source }).map(({ name, digest }) => [name, digest]));
  const seen = new Set(subject.map(({ name }) => name));
  const missing = [...due.keys()].find((name) => !seen.has(name));
  if (missing !== undefined) return failed('subjects', 'inconsistent', `${missing} is certified, and no subject`);
  const other = subject.find(({ name, digest }) => canonicalJson(digest) !== canonicalJson(due.get(name) ?? null));
  if (other)
    return failed(
      'subjects',
      'inconsistent',
      due.has(other.name) ? `${other.name} has another digest as subject` : `${other.name} is a subject, and not certified`,
    );
  if (seen.size < subject.length) return failed('subjects', 'inconsistent', 'one subject is named twice');
  return held('subjects', subject.map(({ name }) => name).join(', '));
}

async function evidenceOf(
  { file, evidence }: VerifyRequest,
  predicate: Readiness1,
): Promise<{ readonly step: Step; readonly exhibits?: ReadonlyMap<string, Exhibits> }> {
  const root = rootProblem(predicate);
  if (root !== undefined) return { step: failed('evidence', 'tampered', root) };
  const directory = evidence ?? join(dirname(file), 'evidence');
  if (evidence === undefined && !(await exists(directory)))
    return { step: skipped('evidence', `there is none beside the certificate (${directory}); give it with --evidence DIR`) };
  const read = await readBundle(directory, predicate.trials);
  if ('problem' in read) return { step: failed('evidence', 'tampered', read.problem) };
  return { step: held('evidence', `${read.files} files with the root ${predicate.evidence.root}`), exhibits: read.exhibits };
}

async function exists(directory: string): Promise<boolean> {
  return stat(directory).then(
    () => true,
    () => false,
  );
}

interface FromEvidence {
  readonly checked: readonly Step[];
  readonly source: Parameters<typeof checkTriggers>[2];
}

function fromEvidence({ recompute }: VerifyRequest, predicate: Readiness1, exhibits: ReadonlyMap<string, Exhibits>): FromEvidence {
  const { source } = predicate;
  const lines = source && sourceIn([...exhibits.values()].map((one) => one[source.exhibit]).find((one) => one !== undefined));
  const computed = checkRecomputation(predicate, exhibits, recompute);
  const consistent = checkConsistency(predicate, exhibits);
  const wrong = source && (!lines || sourceDigest(lines) !== source.digest || linesOf(lines) !== source.lines);
  const checked = [computed, wrong ? failed('consistency', 'inconsistent', 'the source is another one than its exhibit says') : consistent];
  return { checked, source: lines };
}

function withoutEvidence(predicate: Readiness1): readonly Step[] {
  return [skipped('recomputation', 'without evidence nothing can be computed again'), checkConsistency(predicate, new Map())];
}
