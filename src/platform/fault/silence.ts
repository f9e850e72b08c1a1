// An address of this machine at which connections are neither taken nor refused: what a network does that drops every packet.
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Duration } from '../../base/units.ts';

/**
 * A thread listens with the shortest queue and then stands still: it never takes anybody out of the queue, and once that is full the kernel
 * drops what else wants to come in. The address stays taken, so nobody else can be met there meanwhile.
 */
const listener = `
const { createServer } = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');
const server = createServer(() => {});
server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(workerData), 0, 0);
});
`;

export interface Silence {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** More than any kernel keeps for a queue of one. */
const fillers = 8;
const fillWithin: Duration = 250;

export async function openSilence(): Promise<Silence> {
  const gate = new SharedArrayBuffer(4);
  const thread = new Worker(listener, { eval: true, workerData: gate });
  const port = await new Promise<number>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  const held: Socket[] = [];
  for (let count = 0; count < fillers; count += 1) {
    const socket = connect({ host: '127.0.0.1', port });
    held.push(socket);
    if (!(await connects(socket))) break;
  }
  return {
    host: '127.0.0.1',
    port,
    close: async () => {
      for (const socket of held) socket.destroy();
      Atomics.store(new Int32Array(gate), 0, 1);
      Atomics.notify(new Int32Array(gate), 0);
      await thread.terminate();
    },
  };
}

/** False: the queue is full. */
function connects(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), fillWithin);
    socket.once('connect', () => {
      clearTimeout(late);
      resolve(true);
    });
    socket.on('error', () => {
      clearTimeout(late);
      resolve(false);
    });
  });
}
