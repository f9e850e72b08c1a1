// Looks at what a client says first (TLS ClientHello), and leaves it for whoever shakes hands: a certificate is chosen by it before the protocol is known.
import type { Socket } from 'node:net';
import type { Duration } from '../../base/units.ts';

const record = { head: 5, handshake: 0x16, lengthAt: 3 } as const;

/**
 * Whether the protocol is among those that are offered (RFC 7301): each is written with its length in front, and nothing of a first message is
 * encrypted. Somebody who writes it elsewhere harms himself. False for what is no TLS, or does not come in time.
 */
export function offersProtocol(socket: Socket, protocol: string, within: Duration): Promise<boolean> {
  const sign = Buffer.concat([Buffer.of(protocol.length), Buffer.from(protocol)]);
  let bytes: Buffer = Buffer.alloc(0);
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('readable', look).off('end', settle).off('close', settle);
      if (bytes.length > 0 && !socket.destroyed) socket.unshift(bytes);
      resolve(bytes.includes(sign));
    };
    const look = (): void => {
      const chunk: unknown = socket.read();
      if (Buffer.isBuffer(chunk)) bytes = Buffer.concat([bytes, chunk]);
      if (isWhole(bytes)) settle();
    };
    const timer = setTimeout(settle, within);
    socket.on('readable', look).on('end', settle).on('close', settle);
    look();
  });
}

/** The first record is there, or there will be none. */
function isWhole(bytes: Buffer): boolean {
  if (bytes.length > 0 && bytes[0] !== record.handshake) return true;
  return bytes.length >= record.head && bytes.length >= record.head + bytes.readUInt16BE(record.lengthAt);
}
