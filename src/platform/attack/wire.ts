// One exchange over TCP or TLS in which exactly the given bytes are sent; what comes back is read leniently, for whoever attacks wants to see it all.
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { SecureVersion, TLSSocket } from 'node:tls';
import { connect as secure } from 'node:tls';
import { systemErrorCode } from '../../base/errors.ts';
import type { Bytes, Duration } from '../../base/units.ts';
import type { WireAnswer } from './answers.ts';
import { readAnswers } from './answers.ts';

export interface WireDoor {
  readonly host: string;
  readonly port: number;
  /** Whoever answers is believed: what its certificate says is told, not judged here. */
  readonly tls?: { readonly servername: string; readonly only?: SecureVersion };
}

export interface WireRequest {
  /** One after the other, each when the one before is on its way. */
  readonly pieces: readonly (string | Buffer)[];
  /** So many answers are waited for. */
  readonly answers: number;
  /** Says after the last piece that nothing more will come: whoever waits for more then ends it. */
  readonly end?: boolean;
  /** The first answer has no body, whatever its head says. */
  readonly bodyless?: boolean;
  /** What comes after so many bytes is not read. */
  readonly most: Bytes;
  readonly timeout: Duration;
}

export interface WirePeer {
  readonly protocol: string;
  readonly validFrom: string;
  readonly validTo: string;
  /** `DNS:shop.localhost, IP Address:127.0.0.1` */
  readonly names: string;
}

export interface WireExchange {
  readonly answers: readonly WireAnswer[];
  /** `answered`: as many as were waited for; `full`: more bytes than wanted; `unreached`: nobody was there. */
  readonly ended: 'answered' | 'closed' | 'reset' | 'timeout' | 'full' | 'unreached';
  /** The system's code or the reason of TLS. */
  readonly because?: string;
  readonly peer?: WirePeer;
}

/** Rejects with the signal's reason only. */
export async function exchange(door: WireDoor, request: WireRequest, signal: AbortSignal): Promise<WireExchange> {
  signal.throwIfAborted();
  const socket = open(door);
  const done = converse(socket, door.tls !== undefined, request);
  const stop = () => void socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const outcome = await done;
    signal.throwIfAborted();
    return outcome;
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

export function open({ host, port, tls }: WireDoor): Socket {
  if (!tls) return connect({ host, port });
  const versions = tls.only === undefined ? {} : { minVersion: tls.only, maxVersion: tls.only, ciphers: 'DEFAULT@SECLEVEL=0' };
  return secure({ host, port, servername: tls.servername, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...versions });
}

function converse(socket: Socket, secure: boolean, request: WireRequest): Promise<WireExchange> {
  const { promise, resolve } = Promise.withResolvers<WireExchange>();
  let bytes = Buffer.alloc(0);
  let reached = false;
  let peer: WirePeer | undefined;
  const read = (closed: boolean) => readAnswers(bytes, { closed, bodyless: request.bodyless === true, most: request.answers });
  const end = (ended: WireExchange['ended'], because?: string) => {
    clearTimeout(late);
    resolve({ answers: read(ended !== 'answered'), ended, ...(because !== undefined && { because }), ...(peer && { peer }) });
  };
  const late = setTimeout(() => end(reached ? 'timeout' : 'unreached', 'timeout'), request.timeout);
  socket.once(secure ? 'secureConnect' : 'connect', () => {
    reached = true;
    peer = secure ? peerOf(socket as TLSSocket) : undefined;
    void deliver(socket, request);
  });
  socket.on('data', (chunk) => {
    if (bytes.length > request.most) return;
    bytes = Buffer.concat([bytes, chunk]);
    if (read(false).length >= request.answers) end('answered');
    else if (bytes.length > request.most) end('full');
  });
  socket.on('error', (error) => end(reached ? 'reset' : 'unreached', systemErrorCode(error) ?? error.message));
  socket.on('close', () => end(reached ? 'closed' : 'unreached'));
  return promise;
}

/** A side that does not read any more is noticed by the connection's end, not here. */
async function deliver(socket: Socket, { pieces, end = false }: WireRequest): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    const chunk = typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
    await new Promise<void>((resolve) => {
      socket.write(chunk, () => resolve());
    });
  }
  if (end) socket.end();
}

function peerOf(socket: TLSSocket): WirePeer {
  const certificate = socket.getPeerCertificate();
  return {
    protocol: socket.getProtocol() ?? '',
    validFrom: certificate.valid_from ?? '',
    validTo: certificate.valid_to ?? '',
    names: certificate.subjectaltname ?? '',
  };
}
