// Commands in the pods of a test cluster over WebSockets, as the kubelet speaks them: `v5.channel.k8s.io`, spoken by the `ws` package.
import type { ChildProcess } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';

/** What we use of `ws`, which brings no types of its own. */
interface Socket extends EventEmitter {
  send(bytes: Buffer): void;
  ping(): void;
  close(code: number): void;
}
interface Server {
  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer, done: (socket: Socket) => void): void;
}
const { WebSocketServer } = createRequire(import.meta.url)('ws') as {
  readonly WebSocketServer: new (options: {
    readonly noServer: true;
    readonly handleProtocols: (protocols: ReadonlySet<string>) => string | false;
  }) => Server;
};

const protocol = 'v5.channel.k8s.io';
const sockets = new WebSocketServer({ noServer: true, handleProtocols: (wanted) => (wanted.has(protocol) ? protocol : false) });

export interface Session {
  readonly request: IncomingMessage;
  readonly stream: Duplex;
  readonly head: Buffer;
}

/** `run`: the process of the command, or why there is none. */
export function answerExec({ request, stream, head }: Session, run: () => ChildProcess | string): void {
  sockets.handleUpgrade(request, stream, head, (socket) => {
    const say = (channel: number, bytes: Buffer | string) => socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(bytes)]));
    const end = (status: object) => {
      say(3, JSON.stringify({ metadata: {}, ...status }));
      socket.close(1000);
    };
    socket.on('error', () => undefined);
    const child = run();
    if (typeof child === 'string') return end({ status: 'Failure', reason: 'InternalError', code: 500, message: child });
    // An empty message on each channel, as containerd begins, and a ping, as servers do.
    for (const channel of [1, 2]) say(channel, '');
    socket.ping();
    child.stdout?.on('data', (bytes: Buffer) => say(1, bytes));
    child.stderr?.on('data', (bytes: Buffer) => say(2, bytes));
    socket.on('close', () => child.kill('SIGKILL'));
    child.once('close', (code) => end(code === 0 ? { status: 'Success' } : failure(code ?? 137)));
  });
}

function failure(code: number) {
  const message = `command terminated with non-zero exit code: exit status ${code}`;
  return { status: 'Failure', reason: 'NonZeroExitCode', message, details: { causes: [{ reason: 'ExitCode', message: String(code) }] } };
}
