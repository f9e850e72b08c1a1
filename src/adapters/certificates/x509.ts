// Certificates, requests for them and their keys, by the X.509 library; it is loaded by whoever makes the first one, never by who only reads.
import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** RFC 8737 §3: the digest of the key authorization, in a certificate that proves nothing else. */
const acmeIdentifier = '1.3.6.1.5.5.7.1.31';

let loaded: ReturnType<typeof load> | undefined;

/** The library wants the other one to be there. */
async function load() {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

function library(): ReturnType<typeof load> {
  loaded ??= load();
  return loaded;
}

export interface Pair {
  /** PEM, PKCS #8. */
  readonly privateKey: string;
  /** PEM, SPKI. */
  readonly publicKey: string;
}

/** A new key on P-256. */
export async function makePair(): Promise<Pair> {
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [secret, open] = await Promise.all([
    webcrypto.subtle.exportKey('pkcs8', privateKey),
    webcrypto.subtle.exportKey('spki', publicKey),
  ]);
  return { privateKey: pemOf('PRIVATE KEY', secret), publicKey: pemOf('PUBLIC KEY', open) };
}

function pemOf(label: string, bytes: ArrayBuffer): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const privateOf = (pem: string): webcrypto.CryptoKey => createPrivateKey(pem).toCryptoKey(algorithm, true, ['sign']);
const publicOf = (pem: string): webcrypto.CryptoKey => createPublicKey(pem).toCryptoKey(algorithm, true, ['verify']);

export interface Span {
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  readonly until: number;
}

/** A certificate of its own making that may sign others, but no authorities. PEM. */
export async function makeAuthority(name: string, { privateKey, publicKey }: Pair, { from, until }: Span): Promise<string> {
  const x509 = await library();
  const keys = { privateKey: privateOf(privateKey), publicKey: publicOf(publicKey) };
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [name] }],
    notBefore: new Date(from),
    notAfter: new Date(until),
    signingAlgorithm: signing,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${made.toString('pem')}\n`;
}

export interface Leaf extends Span {
  readonly subject: string;
  /** PEM. */
  readonly publicKey: string;
  /** Of a server: host names and addresses. */
  readonly names: readonly string[];
  readonly use: 'server' | 'client';
}

export interface Signer {
  readonly certificate: string;
  readonly privateKey: string;
}

/** A certificate that the authority vouches for. PEM. */
export async function signLeaf({ subject, publicKey, names, use, from, until }: Leaf, signer: Signer): Promise<string> {
  const x509 = await library();
  const authority = new x509.X509Certificate(signer.certificate);
  const key = publicOf(publicKey);
  const purpose = use === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [subject] }],
    issuer: authority.subject,
    notBefore: new Date(from),
    notAfter: new Date(until),
    signingAlgorithm: signing,
    publicKey: key,
    signingKey: privateOf(signer.privateKey),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([purpose], false),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names.map(generalName))]),
      await x509.SubjectKeyIdentifierExtension.create(key),
      await x509.AuthorityKeyIdentifierExtension.create(publicOf(signer.certificate)),
    ],
  });
  return `${made.toString('pem')}\n`;
}

/** What a certification authority is sent (PKCS #10), DER. */
export async function requestFor(host: string, { privateKey, publicKey }: Pair): Promise<Buffer> {
  const x509 = await library();
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [host] }],
    keys: { privateKey: privateOf(privateKey), publicKey: publicOf(publicKey) },
    signingAlgorithm: signing,
    extensions: [new x509.SubjectAlternativeNameExtension([generalName(host)])],
  });
  return Buffer.from(made.rawData);
}

/** What TLS-ALPN-01 shows (RFC 8737): for the host, signed by itself, with the digest of the key authorization. PEM. */
export async function proofCertificate(host: string, digest: Uint8Array, pair: Pair, { from, until }: Span): Promise<string> {
  const x509 = await library();
  const octets = Uint8Array.from([0x04, digest.length, ...digest]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: ['ACME challenge'] }],
    notBefore: new Date(from),
    notAfter: new Date(until),
    signingAlgorithm: signing,
    keys: { privateKey: privateOf(pair.privateKey), publicKey: publicOf(pair.publicKey) },
    extensions: [new x509.SubjectAlternativeNameExtension([generalName(host)]), new x509.Extension(acmeIdentifier, true, octets)],
  });
  return `${made.toString('pem')}\n`;
}

function generalName(name: string): { readonly type: 'dns' | 'ip'; readonly value: string } {
  return { type: isIP(name) === 0 ? 'dns' : 'ip', value: name };
}

/** Positive and at most 20 octets (RFC 5280 §4.1.2.2), and nobody can foretell it. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}
