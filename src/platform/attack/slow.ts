// Connections that begin a request and go on with it by a few bytes at a time: what a server has to bear from clients that are slow on purpose.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { WireDoor } from './wire.ts';
import { open } from './wire.ts';

export interface SlowClients {
  /** How many got through, and how many of these the other side has ended since. */
  readonly opened: number;
  ended(): number;
  /** A few more bytes from each. */
  drip(): void;
  close(): void;
}

/** Resolves when each is connected or was refused, or at the latest when the time is over. `head` is sent by each as its beginning. */
export async function openSlow(door: WireDoor, count: number, head: string, patience: number): Promise<SlowClients> {
  const sockets: Socket[] = [];
  const over = AbortSignal.timeout(patience);
  const gone = new Set<Socket>();
  await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = open(door);
      socket.on('error', () => undefined).on('close', () => gone.add(socket));
      socket.on('data', () => undefined).on('end', () => gone.add(socket));
      if (await connected(socket, door, over)) {
        socket.write(head);
        sockets.push(socket);
      } else socket.destroy();
    }),
  );
  return {
    opened: sockets.length,
    ended: () => sockets.filter((one) => gone.has(one)).length,
    drip: () => {
      for (const one of sockets) if (!one.destroyed) one.write(`X-${randomBytes(2).toString('hex')}: y\r\n`);
    },
    close: () => {
      for (const one of sockets) one.destroy();
    },
  };
}

function connected(socket: Socket, { tls }: WireDoor, over: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once(tls ? 'secureConnect' : 'connect', () => resolve(true));
    socket.once('close', () => resolve(false));
    over.addEventListener('abort', () => resolve(false), { once: true });
  });
}
