// The provenance of a release (in-toto Statement v1, SLSA provenance v1), and the Sigstore bundle that it is signed in.
import type { KeyObject } from 'node:crypto';
import { createHash, createPublicKey, sign } from 'node:crypto';
import { canonicalJson } from '../../src/base/digest.ts';
import { preAuthentication, provenanceType, statementPayload } from '../../src/engine/supply/signatures/bundle.ts';

export interface ReleasedFile {
  readonly name: string;
  /** Hexadecimal digits. */
  readonly sha256: string;
}

export interface Build {
  readonly files: readonly ReleasedFile[];
  /** https://slsa.dev/spec/v1.0/provenance#builder.id: who vouches for how it was built. */
  readonly builder: string;
  readonly version: string;
  readonly commit: string;
  /** Files that differ from the commit; empty in a release that is meant. */
  readonly changed: readonly string[];
  /** Of package-lock.json. */
  readonly lock: ReleasedFile;
  readonly node: string;
}

export function provenanceOf({ files, builder, version, commit, changed, lock, node }: Build): object {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: provenanceType,
    predicate: {
      buildDefinition: {
        buildType: 'urn:codectl:release:v1',
        externalParameters: { command: 'npm run release', version },
        internalParameters: { node, changed },
        resolvedDependencies: [
          { name: 'source', digest: { gitCommit: commit } },
          { name: lock.name, digest: { sha256: lock.sha256 } },
        ],
      },
      runDetails: { builder: { id: builder } },
    },
  };
}

/** With a key of Ed25519, or of ECDSA on P-256. */
export function signedBundle(statement: object, key: KeyObject): object {
  const payload = Buffer.from(canonicalJson(statement));
  const bytes = preAuthentication(statementPayload, payload);
  const sig = sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, key).toString('base64');
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: hintOf(key) }, tlogEntries: [] },
    dsseEnvelope: { payload: payload.toString('base64'), payloadType: statementPayload, signatures: [{ sig, keyid: '' }] },
  };
}

/** As cosign has it: the digest of the public key. */
function hintOf(key: KeyObject): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('base64');
}
