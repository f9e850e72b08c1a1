// Certificates by host, from files that others write: read when they are needed, and again when they have changed; what is served meanwhile stays.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asCodeError, systemErrorCode } from '../../base/errors.ts';
import type { CertificateSource } from '../../model/tls/certificate.ts';
import type { ServerContext } from '../../platform/tls/identity.ts';
import { factsOf, identityIn, serverContext } from '../../platform/tls/identity.ts';

export interface Places {
  /** Of `acme` and `own`: `<host>.pem`, with the key. */
  readonly kept: string;
  /** Of `file`, the same. */
  readonly given: string;
}

interface Entry {
  /** Of the file: whether it is another. */
  mark: string;
  context: ServerContext | undefined;
  /** Monotonic milliseconds. */
  lookedAt: number;
  told: string;
}

/** How old what is known of a file may be. */
const freshFor = 1_000;

export class Shelf {
  readonly #places: Places;
  readonly #tell: (message: string) => void;
  readonly #entries = new Map<string, Entry>();

  /** `tell`: of files that cannot be used, once for each fault. */
  constructor(places: Places, tell: (message: string) => void) {
    this.#places = places;
    this.#tell = tell;
  }

  /** Whether there was one at the last look. */
  has(host: string, source: CertificateSource): boolean {
    return this.#entries.get(this.#file(host, source))?.context !== undefined;
  }

  async find(host: string, source: CertificateSource): Promise<ServerContext | undefined> {
    const file = this.#file(host, source);
    const entry = this.#entries.get(file) ?? { mark: '', context: undefined, lookedAt: Number.NEGATIVE_INFINITY, told: '' };
    this.#entries.set(file, entry);
    const now = performance.now();
    if (now - entry.lookedAt < freshFor) return entry.context;
    entry.lookedAt = now;
    try {
      await this.#look(file, host, entry);
    } catch (thrown) {
      // Half written, or not for this host: the one before may hold for a while yet.
      const { message } = asCodeError(thrown);
      if (message !== entry.told) this.#tell(`The certificate of ${host} cannot be used: ${message}`);
      entry.told = message;
    }
    return entry.context;
  }

  /** Forgets what is not asked for any more. */
  keep(wanted: ReadonlyMap<string, CertificateSource>): void {
    const files = new Set([...wanted].map(([host, source]) => this.#file(host, source)));
    for (const file of this.#entries.keys()) if (!files.has(file)) this.#entries.delete(file);
  }

  async #look(file: string, host: string, entry: Entry): Promise<void> {
    const found = await stat(file).catch((thrown: unknown) => {
      if (systemErrorCode(thrown) === 'ENOENT') return undefined;
      throw thrown;
    });
    const mark = found ? `${found.mtimeMs} ${found.ino} ${found.size}` : '';
    if (mark === entry.mark) return;
    if (found) {
      const identity = identityIn(await readFile(file, 'utf8'));
      if (!identity) throw new Error(`${file} must have a certificate and its key in PEM.`);
      if (!factsOf(identity, file).covers(host)) throw new Error(`${file} is for another host.`);
      entry.context = serverContext(identity);
    } else entry.context = undefined;
    entry.mark = mark;
    entry.told = '';
  }

  #file(host: string, source: CertificateSource): string {
    return join(source === 'file' ? this.#places.given : this.#places.kept, `${host}.pem`);
  }
}
