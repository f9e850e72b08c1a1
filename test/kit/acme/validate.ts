// How the ACME server of the tests finds out that a host leads to whoever asks: it goes there, by HTTP (RFC 8555 §8.3) or by TLS (RFC 8737).
import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { get } from '../http.ts';
import { Refused } from './wire.ts';

export interface Lookup {
  readonly host: string;
  readonly token: string;
  readonly authorization: string;
  /** On this machine: where ports 80 and 443 of every host lead. */
  readonly ports: { readonly http: number; readonly tls: number };
}

export async function validateHttp({ host, token, authorization, ports }: Lookup): Promise<void> {
  const answer = await get({ host, port: ports.http, path: `/.well-known/acme-challenge/${token}` }).catch((thrown: unknown) => {
    throw new Refused('connection', `nobody answers for ${host}: ${String(thrown)}`);
  });
  if (answer.status !== 200) throw new Refused('unauthorized', `${host} answered ${answer.status}`, 403);
  if (answer.body !== authorization) throw new Refused('incorrectResponse', `${host} answered something else`, 403);
}

const identifier = '1.3.6.1.5.5.7.1.31';

export async function validateAlpn({ host, authorization, ports }: Lookup): Promise<void> {
  const shown = await certificateShown(host, ports.tls);
  const certificate = new x509.X509Certificate(shown);
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  if (names.length !== 1 || names[0]?.type !== 'dns' || names[0].value !== host)
    throw new Refused('unauthorized', `the certificate is not for ${host} alone`, 403);
  const proof = certificate.extensions.find(({ type }) => type === identifier);
  const expected = Buffer.concat([Buffer.of(0x04, 0x20), createHash('sha256').update(authorization).digest()]);
  if (!proof?.critical || !expected.equals(Buffer.from(proof.value)))
    throw new Refused('unauthorized', 'the certificate does not prove the key authorization', 403);
  const leaf = new X509Certificate(shown);
  if (!leaf.verify(leaf.publicKey)) throw new Refused('unauthorized', 'the certificate is not signed by itself', 403);
}

function certificateShown(host: string, port: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Refused('tls', `${host}: ${why}`));
    const socket = connect({ host: '127.0.0.1', port, servername: host, ALPNProtocols: ['acme-tls/1'], rejectUnauthorized: false }, () => {
      const { raw } = socket.getPeerCertificate();
      if (socket.alpnProtocol !== 'acme-tls/1') fail(`speaks ${String(socket.alpnProtocol)}`);
      else resolve(Buffer.from(raw));
      socket.destroy();
    });
    socket.on('error', (error) => fail(error.message));
  });
}
