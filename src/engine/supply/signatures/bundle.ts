// Sigstore bundles (v0.3) and DSSE envelopes, read strictly: what is not understood is an error, not a signature.
import { z } from 'zod';
import type { Digest } from '../../../base/digest.ts';
import { CodeError } from '../../../base/errors.ts';
import { parseJson } from '../../../platform/guard/document/json.ts';

const base64 = z
  .string()
  .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)
  .transform((text) => Buffer.from(text, 'base64'));

const bundleShape = z.looseObject({
  mediaType: z.enum(['application/vnd.dev.sigstore.bundle.v0.3+json', 'application/vnd.dev.sigstore.bundle+json;version=0.3']),
  verificationMaterial: z.looseObject({
    publicKey: z.looseObject({ hint: z.string().optional() }).optional(),
    certificate: z.looseObject({}).optional(),
    x509CertificateChain: z.looseObject({}).optional(),
  }),
  messageSignature: z
    .looseObject({ messageDigest: z.looseObject({ algorithm: z.literal('SHA2_256'), digest: base64 }), signature: base64 })
    .optional(),
  dsseEnvelope: z
    .looseObject({ payloadType: z.string(), payload: base64, signatures: z.tuple([z.looseObject({ sig: base64 })]) })
    .optional(),
});

const statementShape = z.looseObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(z.looseObject({ digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.string(),
  predicate: z.unknown().optional(),
});

const provenanceShape = z.looseObject({
  buildDefinition: z.looseObject({ buildType: z.string() }),
  runDetails: z.looseObject({ builder: z.looseObject({ id: z.string().min(1) }) }),
});

export const provenanceType = 'https://slsa.dev/provenance/v1';
export const statementPayload = 'application/vnd.in-toto+json';

export interface SignedStatement {
  readonly predicateType: string;
  /** Of a provenance. */
  readonly builder?: string;
}

export interface Signed {
  /** Signed by a certificate of a short life, which only the transparency log can vouch for. */
  readonly keyless: boolean;
  /** What it says that it signs. */
  readonly artifacts: readonly Digest[];
  readonly signature: Buffer;
  /** Over an envelope: what was signed. Absent: the artifact itself was. */
  readonly signedBytes?: Buffer;
  readonly statement?: SignedStatement;
}

const limits = { size: 4 * 2 ** 20, depth: 64, values: 200_000 };

/** Errors: `input_invalid`. */
export function readBundle(text: string): Signed {
  const parsed = bundleShape.safeParse(parseJson(text, limits, 'The bundle'));
  if (!parsed.success) throw wrong(parsed.error);
  const { verificationMaterial, messageSignature, dsseEnvelope } = parsed.data;
  const keyless = verificationMaterial.publicKey === undefined;
  if (messageSignature && !dsseEnvelope) {
    const { messageDigest, signature } = messageSignature;
    return { keyless, artifacts: digestsIn([messageDigest.digest.toString('hex')]), signature };
  }
  if (!dsseEnvelope || messageSignature)
    throw new CodeError('input_invalid', 'The bundle holds neither a signature nor an envelope, or both.');
  const { payloadType, payload, signatures } = dsseEnvelope;
  if (payloadType !== statementPayload) throw new CodeError('input_invalid', `The envelope holds ${payloadType}, not ${statementPayload}.`);
  return { keyless, signature: signatures[0].sig, signedBytes: preAuthentication(payloadType, payload), ...statementIn(payload) };
}

/** PAE of https://github.com/secure-systems-lab/dsse */
export function preAuthentication(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

function statementIn(payload: Buffer): Pick<Signed, 'artifacts' | 'statement'> {
  const parsed = statementShape.safeParse(parseJson(payload.toString('utf8'), limits, 'The statement in the bundle'));
  if (!parsed.success) throw wrong(parsed.error);
  const { subject, predicateType, predicate } = parsed.data;
  const artifacts = digestsIn(subject.flatMap(({ digest }) => digest['sha256'] ?? []));
  if (predicateType !== provenanceType) return { artifacts, statement: { predicateType } };
  const provenance = provenanceShape.safeParse(predicate);
  if (!provenance.success) throw wrong(provenance.error);
  return { artifacts, statement: { predicateType, builder: provenance.data.runDetails.builder.id } };
}

function digestsIn(hex: readonly string[]): readonly Digest[] {
  const known = hex.filter((one) => /^[0-9a-f]{64}$/.test(one));
  if (known.length === 0) throw new CodeError('input_invalid', 'The bundle names no artifact by its SHA-256.');
  return known.map((one): Digest => `sha256:${one}`);
}

function wrong(error: z.ZodError): CodeError {
  const [issue] = error.issues;
  return new CodeError(
    'input_invalid',
    `The bundle is not as Sigstore has it (v0.3): ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    {
      hint: 'Make it with "cosign sign-blob --new-bundle-format --key KEY --bundle FILE LISTING", or attest-blob.',
    },
  );
}
