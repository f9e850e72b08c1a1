// Whether a trusted key signed an artifact: ECDSA on P-256 and Ed25519, offline. Each answer says why.
import type { KeyObject } from 'node:crypto';
import { createPublicKey, verify } from 'node:crypto';
import type { Digest } from '../../../base/digest.ts';
import { asCodeError } from '../../../base/errors.ts';
import type { SignatureVerdict } from '../../../model/supply/signature.ts';
import type { NamedKey } from '../../../ports/trust.ts';
import type { Signed } from './bundle.ts';
import { provenanceType, readBundle } from './bundle.ts';

export interface Signable {
  readonly digest: Digest;
  /** The bytes with that digest; absent: only the digest is known here. */
  readonly bytes?: Uint8Array;
}

export interface Verdicts {
  readonly signature: SignatureVerdict;
  readonly provenance: SignatureVerdict;
}

/** `bundles`: all that were brought for it. */
export function judgeSignatures(artifact: Signable, bundles: readonly string[], keys: readonly NamedKey[]): Verdicts {
  const answers = bundles.map((bundle) => verifyBundle(artifact, bundle, keys));
  return {
    signature: best(answers, `no signature over ${artifact.digest} was brought`, keys),
    provenance: best(
      answers.filter((one) => one.builder !== undefined || one.state !== 'met'),
      `no SLSA provenance over ${artifact.digest} was brought`,
      keys,
    ),
  };
}

function best(answers: readonly SignatureVerdict[], otherwise: string, keys: readonly NamedKey[]): SignatureVerdict {
  const met = answers.find(({ state }) => state === 'met');
  if (met) return met;
  if (keys.length === 0) return { state: 'not_measured', because: 'no key is trusted (setting trusted_keys)' };
  return answers.find(({ state }) => state === 'not_measured') ?? answers[0] ?? { state: 'not_met', because: otherwise };
}

export function verifyBundle(artifact: Signable, bundle: string, keys: readonly NamedKey[]): SignatureVerdict {
  let signed: Signed;
  try {
    signed = readBundle(bundle);
  } catch (thrown) {
    return { state: 'not_met', because: asCodeError(thrown).message };
  }
  if (!signed.artifacts.includes(artifact.digest))
    return { state: 'not_met', because: `it is over ${signed.artifacts[0]}, not ${artifact.digest}` };
  if (signed.keyless)
    return {
      state: 'not_measured',
      because: 'it was signed without a key (certificate of Fulcio); the transparency log is not asked here',
    };
  const bytes = signed.signedBytes ?? artifact.bytes;
  if (!bytes)
    return {
      state: 'not_measured',
      because: 'it is over the image itself, whose bytes are not here; bring an attestation (cosign attest)',
    };
  const fitting = keys.find((key) => fits(key, bytes, signed.signature));
  if (!fitting) return { state: 'not_met', because: 'no trusted key fits its signature' };
  return { state: 'met', key: fitting.name, ...describe(signed, fitting.name) };
}

function describe({ statement }: Signed, key: string): Pick<SignatureVerdict, 'because' | 'builder'> {
  if (statement?.predicateType !== provenanceType || statement.builder === undefined) return { because: `signed by ${key}` };
  return { because: `built by ${statement.builder}, signed by ${key}`, builder: statement.builder };
}

function fits({ pem }: NamedKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = publicKey(pem);
  if (key === undefined) return false;
  return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, key, signature);
}

/** Of the two kinds that are known here; `undefined` for all others, and for private ones. */
export function publicKey(pem: string): KeyObject | undefined {
  if (!pem.includes('-----BEGIN PUBLIC KEY-----')) return undefined;
  try {
    const key = createPublicKey(pem);
    const known =
      key.asymmetricKeyType === 'ed25519' || (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1');
    return known ? key : undefined;
  } catch {
    return undefined;
  }
}
