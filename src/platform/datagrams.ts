// A UDP socket that answers: one datagram in, at most one out.
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

export interface Datagrams {
  readonly port: number;
  close(): void;
}

/** `answer` gives what is sent back, or nothing. Rejects with the system's error when the address cannot be had. */
export function answerDatagrams(host: string, port: number, answer: (message: Buffer) => Buffer | undefined): Promise<Datagrams> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
  socket.on('message', (message, { address, port: theirs }) => {
    // Nobody can be answered at port 0, and trying throws; a forged datagram may say that it comes from there.
    if (theirs === 0) return;
    const said = answer(message);
    // A reply that cannot be sent is like one that was lost on the way: the other side asks again.
    if (said !== undefined) socket.send(said, theirs, address, () => undefined);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve({ port: socket.address().port, close: () => socket.close() });
    });
  });
}
