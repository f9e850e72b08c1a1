// Certificates on disk, a file for each host with chain and key, where the gateway reads them; and beside it how asking for the next one goes.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../../base/errors.ts';
import type { CertificateAttempt, CertificateSource, KeptCertificate } from '../../../model/tls/certificate.ts';
import { certificateSources } from '../../../model/tls/certificate.ts';
import { ensureDirectory, readFileIfExists, removeIfExists, writeFileAtomic } from '../../../platform/files.ts';
import type { Identity } from '../../../platform/tls/identity.ts';
import { factsOf, identityIn } from '../../../platform/tls/identity.ts';

export class CertificateFiles {
  readonly #kept: string;
  readonly #given: string;

  /** `given`: what an operator lays down. */
  constructor(directory: string, given: string) {
    this.#kept = join(directory, 'hosts');
    this.#given = given;
  }

  async list(): Promise<readonly KeptCertificate[]> {
    const [kept, given] = await Promise.all([this.#in(this.#kept), this.#in(this.#given, 'file')]);
    return [...kept, ...given];
  }

  /** Whole or not at all, and for nobody else to read. Errors: `disk_full`, `home_unwritable`. */
  async keep(host: string, source: CertificateSource, identity: Identity): Promise<KeptCertificate> {
    const { notBefore, notAfter } = factsOf(identity, host);
    await ensureDirectory(this.#kept);
    await writeFileAtomic(join(this.#kept, `${host}.pem`), `# ${source}\n${identity.certificate}${identity.key}`);
    return { host, source, notBefore, notAfter };
  }

  async attempts(): Promise<readonly CertificateAttempt[]> {
    const files = (await namesIn(this.#kept)).filter((name) => name.endsWith('.json'));
    const texts = await Promise.all(files.map((name) => readFileIfExists(join(this.#kept, name))));
    return texts.flatMap((text) => attemptIn(text ?? '') ?? []);
  }

  async note(attempt: CertificateAttempt): Promise<void> {
    const file = join(this.#kept, `${attempt.host}.json`);
    if (attempt.failures === 0) return void (await removeIfExists(file));
    await ensureDirectory(this.#kept);
    await writeFileAtomic(file, `${JSON.stringify(attempt)}\n`);
  }

  async #in(directory: string, source?: CertificateSource): Promise<readonly KeptCertificate[]> {
    const files = (await namesIn(directory)).filter((name) => name.endsWith('.pem') && !name.startsWith('.'));
    const found = await Promise.all(files.map((name) => keptIn(directory, name, source)));
    return found.flatMap((one) => one ?? []);
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch((thrown: unknown) => {
    if (systemErrorCode(thrown) === 'ENOENT') return [];
    throw thrown;
  });
}

/** What cannot be used counts as not there: the gateway says what is wrong with it. */
async function keptIn(directory: string, name: string, fixed: CertificateSource | undefined): Promise<KeptCertificate | undefined> {
  const text = (await readFileIfExists(join(directory, name))) ?? '';
  const identity = identityIn(text);
  const source = fixed ?? certificateSources.find((one) => text.startsWith(`# ${one}\n`));
  if (!identity || !source) return undefined;
  try {
    const { notBefore, notAfter } = factsOf(identity, name);
    return { host: name.slice(0, -'.pem'.length), source, notBefore, notAfter };
  } catch {
    return undefined;
  }
}

function attemptIn(text: string): CertificateAttempt | undefined {
  try {
    const { host, failures, at, because, notBefore } = JSON.parse(text) as Partial<Record<keyof CertificateAttempt, unknown>>;
    if (typeof host !== 'string' || typeof failures !== 'number' || typeof at !== 'number') return undefined;
    return { host, failures, at, because: String(because), ...(typeof notBefore === 'number' && { notBefore }) };
  } catch {
    return undefined;
  }
}
