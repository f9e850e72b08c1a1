// The engine's own certification authority: made at its first use, kept in the home, and asked for certificates of servers and of clients.
import { createPublicKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { CodeError } from '../../../base/errors.ts';
import { randomText } from '../../../base/ids.ts';
import type { Duration } from '../../../base/units.ts';
import { ensureDirectory, readFileIfExists, writeFileAtomic } from '../../../platform/files.ts';
import { makeFilePrivate } from '../../../platform/private-file.ts';
import type { Identity } from '../../../platform/tls/identity.ts';
import { factsOf } from '../../../platform/tls/identity.ts';
import type { Signer } from '../x509.ts';
import { makeAuthority, makePair, signLeaf } from '../x509.ts';

const day = 24 * 60 * 60_000;
const authorityLife = 3_650 * day;
/** Clocks of two machines differ. */
const earlier = 5 * 60_000;

export interface Authority {
  /** PEM; who trusts it, trusts all that it signs. */
  readonly certificate: string;
  /** A new key, and a certificate for these names. */
  serve(names: readonly string[], life: Duration): Promise<Identity>;
  /** For the key of a client (PEM, P-256), under the name of the token that it stands for. Errors: `input_invalid`. */
  admit(subject: string, publicKey: string, life: Duration): Promise<string>;
}

/** By clock and directory: whoever asks in one daemon is given the same, and it is made once. */
const opened = new WeakMap<Clock, Map<string, Promise<Authority>>>();

/** Only its daemon may call this for a home. Errors: `settings_invalid` for files that do not belong together, `disk_full`, `home_unwritable`. */
export function openAuthority(directory: string, clock: Clock): Promise<Authority> {
  const known = opened.get(clock) ?? new Map<string, Promise<Authority>>();
  opened.set(clock, known);
  const authority = known.get(directory) ?? open(directory, clock);
  known.set(directory, authority);
  // What could not be opened is tried again by whoever asks next.
  authority.catch(() => known.delete(directory));
  return authority;
}

async function open(directory: string, clock: Clock): Promise<Authority> {
  const signer = (await kept(directory, clock.now())) ?? (await make(directory, clock.now()));
  const until = new X509Certificate(signer.certificate).validToDate.getTime();
  const span = (life: Duration) => ({ from: clock.now() - earlier, until: Math.min(clock.now() + life, until) });
  return {
    certificate: signer.certificate,
    serve: async (names, life) => {
      const { privateKey, publicKey } = await makePair();
      const certificate = await signLeaf({ subject: names[0] ?? 'codectl', publicKey, names, use: 'server', ...span(life) }, signer);
      return { certificate, key: privateKey };
    },
    admit: (subject, publicKey, life) => {
      refuseOther(publicKey);
      return signLeaf({ subject, publicKey, names: [], use: 'client', ...span(life) }, signer);
    },
  };
}

/** The names of its files; the certificate is for everybody, the key for nobody. */
const files = (directory: string) => ({ certificate: join(directory, 'ca.pem'), key: join(directory, 'ca-key.pem') });

async function kept(directory: string, now: number): Promise<Signer | undefined> {
  const { certificate: place, key } = files(directory);
  const [certificate, privateKey] = await Promise.all([readFileIfExists(place), readFileIfExists(key)]);
  if (privateKey === undefined && certificate === undefined) return undefined;
  // Written first: without its certificate it has vouched for nobody yet.
  if (certificate === undefined) return undefined;
  if (privateKey === undefined)
    throw new CodeError('settings_invalid', `${key}, the key of this engine's own authority, is missing.`, {
      hint: `Bring it back from a copy. Without one, remove ${place}: a new authority is made, and everybody has to be told to trust it.`,
    });
  await makeFilePrivate(key);
  // A year before its end nothing that it signs would be cut short; then the next start makes another.
  return factsOf({ certificate, key: privateKey }, place).notAfter - now > 365 * day ? { certificate, privateKey } : undefined;
}

async function make(directory: string, now: number): Promise<Signer> {
  const place = files(directory);
  const pair = await makePair();
  const certificate = await makeAuthority(`codectl ${randomText(8)}`, pair, { from: now - earlier, until: now + authorityLife });
  await ensureDirectory(directory);
  await writeFileAtomic(place.key, pair.privateKey);
  await writeFileAtomic(place.certificate, certificate, 0o644);
  return { certificate, privateKey: pair.privateKey };
}

function refuseOther(publicKey: string): void {
  let curve: string | undefined;
  try {
    curve = createPublicKey(publicKey).asymmetricKeyDetails?.namedCurve;
  } catch {
    curve = undefined;
  }
  if (curve === 'prime256v1') return;
  throw new CodeError('input_invalid', 'public_key: expected a public key on the curve P-256, in PEM.', {
    hint: 'codectl token certify makes one.',
  });
}
