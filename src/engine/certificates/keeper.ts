// Keeps a certificate for every host whose route wants one, and for the engine's own: asks when `decide/tls` says so, one after the other, and remembers how it went.
import { asCodeError } from '../../base/errors.ts';
import { askAt } from '../../decide/tls/renewal.ts';
import type { RouteTable } from '../../model/route.ts';
import type { CertificateAttempt, CertificateSource, KeptCertificate } from '../../model/tls/certificate.ts';
import type { EnginePorts } from '../ports.ts';

/** How often routes are looked at, milliseconds. */
const nap = 1_000;
/** How often files are read that others may have changed, milliseconds. */
const reading = 30_000;
/** For one certificate; authorities that queue take minutes. */
const patience = 10 * 60_000;

export interface KeeperOptions {
  readonly ports: Pick<EnginePorts, 'certificates' | 'clock' | 'log'>;
  readonly table: () => Pick<RouteTable, 'routes'>;
  /** A host without a route that wants one of ACME: where the engine itself is reached. */
  readonly own?: string | undefined;
}

export interface CertificateReport {
  readonly host: string;
  readonly source: CertificateSource;
  /** Milliseconds since the Unix epoch; absent: there is none to serve. */
  readonly notAfter?: number;
  /** Why the next one could not be had. */
  readonly problem?: string;
}

export class CertificateKeeper {
  readonly #options: KeeperOptions;
  readonly #lifetime = new AbortController();
  #kept = new Map<string, KeptCertificate>();
  #attempts = new Map<string, CertificateAttempt>();
  #readAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#options.ports.certificates) this.#running = this.#run();
  }

  /** What is being asked for is broken off, and asked for again by the next life. */
  async stop(): Promise<void> {
    this.#lifetime.abort();
    await this.#running;
  }

  /** Of every host whose routes say anything of TLS, and of the engine's own. */
  async reports(): Promise<readonly CertificateReport[]> {
    await this.#read();
    return [...this.#wanted()].map(([host, source]) => {
      const kept = this.#kept.get(keyOf(host, source));
      const attempt = this.#attempts.get(host);
      return { host, source, ...(kept && { notAfter: kept.notAfter }), ...(attempt && { problem: attempt.because }) };
    });
  }

  /** Asks for each that is due. Never throws. */
  async look(): Promise<void> {
    const { clock, log } = this.#options.ports;
    try {
      if (clock.now() - this.#readAt >= reading) await this.#read();
      for (const [host, source] of this.#wanted()) {
        if (source === 'file' || this.#lifetime.signal.aborted) continue;
        const standing = { source, kept: this.#kept.get(keyOf(host, source)), attempt: this.#attempts.get(host) };
        if (askAt(standing) <= clock.now()) await this.#ask(host, source);
      }
    } catch (thrown) {
      if (!this.#lifetime.signal.aborted) log.warn({ error: asCodeError(thrown).message }, 'could not look at certificates');
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#lifetime;
    while (!signal.aborted) {
      if (this.#wanted().size > 0) await this.look();
      await this.#options.ports.clock.sleep(nap, signal).catch(() => undefined);
    }
  }

  async #ask(host: string, source: CertificateSource): Promise<void> {
    const { certificates, clock, log } = this.#options.ports;
    if (!certificates) return;
    const signal = AbortSignal.any([this.#lifetime.signal, AbortSignal.timeout(patience)]);
    try {
      const kept = await certificates.obtain(host, source, signal);
      this.#kept.set(keyOf(host, source), kept);
      if (this.#attempts.delete(host)) await certificates.note({ host, failures: 0, at: clock.now(), because: '' });
      log.info({ host, source, until: new Date(kept.notAfter).toISOString() }, 'a host has a new certificate');
    } catch (thrown) {
      if (this.#lifetime.signal.aborted) return;
      const { message, details } = asCodeError(thrown);
      const failures = (this.#attempts.get(host)?.failures ?? 0) + 1;
      const wait = details['retry_after_ms'];
      const at = clock.now();
      const attempt = { host, failures, at, because: message, ...(typeof wait === 'number' && { notBefore: at + wait }) };
      this.#attempts.set(host, attempt);
      log.warn({ host, source, failures, error: message }, 'a certificate could not be had');
      await certificates.note(attempt);
    }
  }

  /** By host: what its first route says; the engine's own comes before. */
  #wanted(): ReadonlyMap<string, CertificateSource> {
    const { own, table } = this.#options;
    const wanted = new Map<string, CertificateSource>(own === undefined ? [] : [[own, 'acme']]);
    for (const { host, tls } of table().routes) if (tls && !wanted.has(host)) wanted.set(host, tls.certificate);
    return wanted;
  }

  async #read(): Promise<void> {
    const { certificates, clock } = this.#options.ports;
    if (!certificates) return;
    this.#kept = new Map((await certificates.kept()).map((one) => [keyOf(one.host, one.source), one]));
    this.#attempts = new Map((await certificates.attempts()).map((one) => [one.host, one]));
    this.#readAt = clock.now();
  }
}

function keyOf(host: string, source: CertificateSource): string {
  return `${source} ${host}`;
}
