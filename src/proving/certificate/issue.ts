// From trials in the book and their evidence on disk to a signed certificate, its bundle and its pages.
import { join } from 'node:path';
import { canonicalJson } from '../../base/digest.ts';
import type { CertificateFacts } from '../../decide/certify/assemble.ts';
import { statementOf } from '../../decide/certify/assemble.ts';
import type { Recompute } from '../../decide/certify/recompute.ts';
import { certificateBadge, certificateJunit, certificateSarif } from '../../decide/certify/render/ci.ts';
import { certificateHtml } from '../../decide/certify/render/html.ts';
import { certificateMarkdown } from '../../decide/certify/render/markdown.ts';
import type { Exhibits } from '../../decide/prove/figures/exhibits.ts';
import type { Exhibit } from '../../model/proving/trial.ts';
import type { CertifiedTrial, Statement } from '../../model/readiness/certificate.ts';
import { ensureDirectory, removeTree, writeFileAtomic } from '../../platform/files.ts';
import { readTrialFile, writeBundle } from './bundle.ts';
import type { Envelope } from './dsse.ts';
import { envelopeText, publicPem, signed } from './dsse.ts';

/** A trial as the book has it. */
export type BookedTrial = Omit<CertifiedTrial, 'figures' | 'unmeasured'>;

export interface IssueOrder {
  readonly directory: string;
  /** Where trials left their evidence: a directory for each. */
  readonly evidence: string;
  /** PEM. */
  readonly key: string;
  readonly trials: readonly BookedTrial[];
  readonly facts: Omit<CertificateFacts, 'trials'>;
  readonly recompute: Recompute;
}

export interface IssuedFiles {
  readonly statement: Statement;
  readonly file: string;
  readonly text: string;
  readonly files: readonly string[];
}

/** Figures are computed from evidence, whatever the trials said. Errors: `input_invalid` for evidence that is not what it was. */
export async function issueCertificate({ directory, evidence, key, trials, facts, recompute }: IssueOrder): Promise<IssuedFiles> {
  const contents = new Map<string, Uint8Array>();
  const parsed = new Map<string, Exhibits>();
  const certified: CertifiedTrial[] = [];
  for (const trial of trials) {
    const exhibits = await exhibitsOf(join(evidence, trial.id), trial.exhibits, contents);
    parsed.set(trial.id, exhibits);
    const found = recompute(trial.kind, exhibits) ?? { figures: [], unmeasured: [] };
    certified.push({ ...trial, figures: found.figures, unmeasured: found.unmeasured });
  }
  const statement = statementOf({ ...facts, trials: certified });
  const envelope = signed(Buffer.from(canonicalJson(statement)), key);
  await ensureDirectory(directory, 0o755);
  await removeTree(join(directory, 'evidence'));
  await writeBundle(join(directory, 'evidence'), contents);
  await writeFileAtomic(join(directory, 'key.pub'), publicPem(key), 0o644);
  const text = envelopeText(envelope);
  const file = await writeEnvelope(directory, envelope);
  const pages = await writePages(directory, statement, parsed);
  return { statement, file, text, files: [file, ...pages, join(directory, 'key.pub'), `${join(directory, 'evidence')}/`] };
}

async function writeEnvelope(directory: string, envelope: Envelope): Promise<string> {
  const file = join(directory, 'certificate.intoto.json');
  await writeFileAtomic(file, envelopeText(envelope), 0o644);
  return file;
}

async function exhibitsOf(directory: string, exhibits: readonly Exhibit[], contents: Map<string, Uint8Array>): Promise<Exhibits> {
  const read: Record<string, unknown> = {};
  for (const one of exhibits) {
    const content = await readTrialFile(directory, one);
    contents.set(one.digest, content);
    read[one.name] = JSON.parse(Buffer.from(content).toString('utf8'));
  }
  return read;
}

/** All that is made from a certificate and its evidence, and can be made again. */
export async function writePages(
  directory: string,
  statement: Statement,
  exhibits: ReadonlyMap<string, Exhibits>,
): Promise<readonly string[]> {
  const pages = {
    'report.html': certificateHtml(statement, exhibits),
    'summary.md': certificateMarkdown(statement),
    'junit.xml': certificateJunit(statement),
    'results.sarif': certificateSarif(statement),
    'badge.svg': certificateBadge(statement),
  };
  await ensureDirectory(directory, 0o755);
  for (const [name, content] of Object.entries(pages)) await writeFileAtomic(join(directory, name), content, 0o644);
  return Object.keys(pages).map((name) => join(directory, name));
}
