// Whom a client's certificate names, where one was asked for and an authority of ours vouches for it.
import { TLSSocket } from 'node:tls';

/** The common name. `undefined` for everybody who did not show such a certificate. */
export function nameOfPeer(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : undefined;
}
