// Signatures over artifacts: made as cosign makes them, and bent in every way that must not pass.
import type { KeyObject } from 'node:crypto';
import { generateKeyPairSync, sign } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { preAuthentication, readBundle } from '../../src/engine/supply/signatures/bundle.ts';
import { judgeSignatures, verifyBundle } from '../../src/engine/supply/signatures/verify.ts';
import { provenanceOf, signedBundle } from '../../tools/release/statement.ts';

const pairs = {
  ecdsa: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ed25519: generateKeyPairSync('ed25519'),
  stranger: generateKeyPairSync('ed25519'),
};
const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const keys = [
  { name: 'ci.pub', pem: pemOf(pairs.ecdsa.publicKey) },
  { name: 'release.pem', pem: pemOf(pairs.ed25519.publicKey) },
];
const bytes = Buffer.from('{"entries":[]}');
const artifact = { digest: digestOf(bytes), bytes };
const hex = artifact.digest.slice('sha256:'.length);
const builder = 'https://ci.example.org/builders/1';
const statement = provenanceOf({
  files: [{ name: 'api', sha256: hex }],
  builder,
  version: '1',
  commit: 'c'.repeat(40),
  changed: [],
  lock: { name: 'package-lock.json', sha256: 'd'.repeat(64) },
  node: '24',
});
const provenance = (pair: keyof typeof pairs, what: object = statement) => signedBundle(what, pairs[pair].privateKey);
/** As `cosign sign-blob --new-bundle-format` writes it. */
const blob = (pair: keyof typeof pairs) => ({
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  verificationMaterial: { publicKey: { hint: '' }, tlogEntries: [] },
  messageSignature: {
    messageDigest: { algorithm: 'SHA2_256', digest: Buffer.from(hex, 'hex').toString('base64') },
    signature: sign(pair === 'ecdsa' ? 'sha256' : null, bytes, pairs[pair].privateKey).toString('base64'),
  },
});
const judge = (...bundles: readonly object[]) =>
  judgeSignatures(
    artifact,
    bundles.map((one) => JSON.stringify(one)),
    keys,
  );

describe('a signature', () => {
  it.each(['ecdsa', 'ed25519'] as const)('over the artifact by a trusted key counts (%s)', (pair) => {
    const { signature, provenance: built } = judge(blob(pair));
    expect(signature).toEqual({
      state: 'met',
      key: pair === 'ecdsa' ? 'ci.pub' : 'release.pem',
      because: expect.stringContaining('signed by'),
    });
    expect(built).toMatchObject({ state: 'not_met', because: expect.stringContaining('no SLSA provenance') });
  });

  it.each(['ecdsa', 'ed25519'] as const)('over a provenance counts for both, and names the builder (%s)', (pair) => {
    expect(judge(provenance(pair))).toMatchObject({ signature: { state: 'met' }, provenance: { state: 'met', builder } });
  });

  it('is taken by the verifier of Sigstore, too', () => {
    const bundle = bundleFromJSON(provenance('ecdsa'));
    const trust = toTrustMaterial({ tlogs: [], ctlogs: [], certificateAuthorities: [], timestampAuthorities: [] } as never, () => ({
      publicKey: pairs.ecdsa.publicKey,
      validFor: () => true,
    }));
    const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
    expect(() => verifier.verify(toSignedEntity(bundle))).not.toThrow();
  });

  it('that somebody brought is not asked for in vain, when another one fits', () => {
    expect(judge(blob('stranger'), provenance('stranger'), blob('ed25519')).signature.state).toBe('met');
  });
});

const envelope = (one: object): { payload: string; signatures: { sig: string }[] } => (one as { dsseEnvelope: never }).dsseEnvelope;
const bent = (change: (one: never) => void, from: object = provenance('ecdsa')) => {
  const copy = structuredClone(from);
  change(copy as never);
  return copy;
};
const payload = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');

describe('what does not count', () => {
  const cases: readonly (readonly [string, object, string])[] = [
    ['the key of a stranger', blob('stranger'), 'no trusted key fits'],
    ['a statement of a stranger', provenance('stranger'), 'no trusted key fits'],
    [
      'a payload that was changed afterwards',
      bent((one) => void (envelope(one).payload = payload({ ...statement, extra: 1 }))),
      'no trusted key fits',
    ],
    [
      'a signature that was changed',
      bent((one) => void (envelope(one).signatures = [{ sig: Buffer.alloc(70, 1).toString('base64') }])),
      'no trusted key fits',
    ],
    ['no signature at all', bent((one) => void (envelope(one).signatures = [])), 'not as Sigstore has it'],
    ['two signatures', bent((one) => void envelope(one).signatures.push({ sig: '' })), 'not as Sigstore has it'],
    [
      'another artifact',
      provenance('ecdsa', { ...statement, subject: [{ name: 'api', digest: { sha256: 'e'.repeat(64) } }] }),
      'it is over sha256:eeee',
    ],
    [
      'another digest only',
      provenance('ecdsa', { ...statement, subject: [{ name: 'api', digest: { sha512: 'e'.repeat(128) } }] }),
      'names no artifact',
    ],
    [
      'another kind of payload',
      bent((one) => void ((one as { dsseEnvelope: { payloadType: string } }).dsseEnvelope.payloadType = 'text/plain')),
      'holds text/plain',
    ],
    [
      'an older bundle',
      bent((one) => void ((one as { mediaType: string }).mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1')),
      'not as Sigstore has it',
    ],
    [
      'a provenance without a builder',
      provenance('ecdsa', { ...statement, predicate: { buildDefinition: { buildType: 'x' } } }),
      'not as Sigstore has it',
    ],
    [
      'a statement of another time',
      provenance('ecdsa', { ...statement, _type: 'https://in-toto.io/Statement/v0.1' }),
      'not as Sigstore has it',
    ],
    [
      'both a signature and an envelope',
      { ...blob('ecdsa'), ...provenance('ecdsa'), messageSignature: blob('ecdsa').messageSignature },
      'or both',
    ],
    ['nothing', {}, 'not as Sigstore has it'],
  ];
  it.each(cases)('%s', (_, bundle, because) => {
    const { signature, provenance: built } = judge(bundle);
    expect(signature).toMatchObject({ state: 'not_met', because: expect.stringContaining(because) });
    expect(built.state).toBe('not_met');
  });

  it('is signed, but as another type of payload', () => {
    // The type is part of what is signed: a signature over the same bytes as a text is none over a statement.
    const text = Buffer.from(JSON.stringify(statement));
    const sig = sign('sha256', preAuthentication('text/plain', text), pairs.ecdsa.privateKey).toString('base64');
    const bundle = bent((one) => Object.assign(envelope(one), { payload: text.toString('base64'), signatures: [{ sig }] }));
    expect(judge(bundle).signature).toMatchObject({ state: 'not_met' });
  });

  it.each([
    ['of another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['of RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('is by a key %s, though it is named as trusted', (_, pair) => {
    const bundle = JSON.stringify(signedBundle(statement, pair.privateKey));
    expect(verifyBundle(artifact, bundle, [{ name: 'odd', pem: pemOf(pair.publicKey) }])).toMatchObject({ state: 'not_met' });
  });
});

describe('what is not measured', () => {
  it('is a signature without a key', () => {
    const keyless = bent((one) => void Object.assign(one, { verificationMaterial: { certificate: { rawBytes: 'AA==' } } }));
    expect(judge(keyless).signature).toMatchObject({ state: 'not_measured', because: expect.stringContaining('transparency log') });
  });

  it('is anything while no key is trusted', () => {
    expect(judgeSignatures(artifact, [JSON.stringify(blob('ecdsa'))], [])).toMatchObject({
      signature: { state: 'not_measured' },
      provenance: { state: 'not_measured' },
    });
  });

  it('is a signature over bytes that are not here', () => {
    expect(verifyBundle({ digest: artifact.digest }, JSON.stringify(blob('ecdsa')), keys)).toMatchObject({ state: 'not_measured' });
  });
});

describe('a bundle', () => {
  it('names what it is over before anything of it is believed', () => {
    expect(readBundle(JSON.stringify(provenance('stranger'))).artifacts).toEqual([artifact.digest]);
    expect(() => readBundle('{"mediaType":')).toThrow('not JSON');
  });
});
