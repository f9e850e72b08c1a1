// One run of the CLI in this process, against an API of a few canned answers on a real socket.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Benches } from '../../src/surfaces/cli/benches.ts';
import type { Launcher } from '../../src/surfaces/cli/launcher.ts';
import type { Proving } from '../../src/surfaces/cli/prove/proving.ts';
import type { Renderers } from '../../src/surfaces/cli/renderers.ts';
import { runCli } from '../../src/surfaces/cli/run.ts';

export interface Asked {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly key: string | undefined;
}

/** Throws a problem, returns one answer, or (for streams) an array of items. */
export type Answer = (asked: Asked, call: number) => unknown;

export class Problem {
  readonly status: number;
  readonly body: object;

  constructor(status: number, code: string, detail: string, hint?: string) {
    this.status = status;
    this.body = { code, detail, hint };
  }
}

/** Breaks the connection instead of answering. */
export const breaks = Symbol('breaks');

export interface FakeDaemon {
  readonly home: string;
  readonly asked: Asked[];
  readonly answers: Record<string, Answer>;
  stop(): Promise<void>;
}

export async function fakeDaemon(answers: Record<string, Answer> = {}): Promise<FakeDaemon> {
  const home = await mkdtemp(join(tmpdir(), 'codectl-cli-'));
  const asked: Asked[] = [];
  const server = createServer((request, response) => void answer(request, response, asked, answers));
  await new Promise<void>((resolve) => server.listen(join(home, 'daemon.sock'), resolve));
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await rm(home, { recursive: true, force: true });
  };
  return { home, asked, answers, stop };
}

async function answer(request: IncomingMessage, response: ServerResponse, asked: Asked[], answers: Record<string, Answer>): Promise<void> {
  const url = new URL(request.url ?? '', 'http://localhost');
  const name = url.pathname.replace('/v1/', '');
  const body = Buffer.concat(await request.toArray());
  const query = Object.fromEntries(url.searchParams);
  const isJson = request.headers['content-type'] === 'application/json';
  const input = isJson ? (JSON.parse(body.toString()) as Asked['input']) : query;
  const key = request.headers['idempotency-key'];
  const one = { name, input, key: typeof key === 'string' ? key : undefined };
  asked.push(one);
  const result =
    answers[name]?.(one, asked.filter((before) => before.name === name).length) ?? new Problem(404, 'operation_unknown', `no ${name}`);
  if (result === breaks) request.socket.destroy();
  else if (result instanceof Problem) response.writeHead(result.status).end(JSON.stringify(result.body));
  else if (Array.isArray(result)) response.end(result.map((item) => `${JSON.stringify(item)}\n`).join(''));
  else response.end(JSON.stringify(result));
}

export interface RunOptions {
  readonly home?: string;
  readonly directory?: string;
  readonly terminal?: boolean;
  /** Typed at the first question. */
  readonly typed?: string;
  readonly environment?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly launcher?: Partial<Launcher>;
  readonly benches?: Partial<Benches>;
  readonly proving?: Partial<Proving>;
  readonly renderers?: Renderers;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { home = '/nonexistent', terminal = false, typed } = options;
  let [out, err] = ['', ''];
  const stdin = Object.assign(new PassThrough(), { isTTY: terminal });
  if (typed !== undefined) stdin.write(`${typed}\n`);
  const code = await runCli({
    arguments: args,
    stdin,
    stdout: { write: (text) => (out += text), isTTY: terminal, columns: 100 },
    stderr: { write: (text) => (err += text) },
    environment: { NO_COLOR: '1', ...options.environment },
    directory: options.directory ?? home,
    signal: options.signal ?? new AbortController().signal,
    home: () => ({ root: home, socket: join(home, 'daemon.sock'), auditPublicKey: join(home, 'audit-key.pub') }),
    launcher: async () => ({ ...noLauncher, ...options.launcher }),
    benches: async () => ({ ...noBenches, ...options.benches }),
    proving: async () => ({ ...noProving, ...options.proving }),
    certifying: async () => (await import('../../src/main/prove/certifying.ts')).certifying,
    renderers: async () => ({ ...options.renderers }),
    mcp: async () => ({ serve: notExpected, conform: notExpected }),
    version: async () => '9.9.9',
  });
  return { code, out, err };
}

const notExpected = () => Promise.reject(new Error('not expected to serve anything'));

const noLauncher: Launcher = {
  isRunning: async () => true,
  address: async () => 'http://127.0.0.1:7070',
  hasEnded: async () => true,
  hasLeftovers: async () => false,
  start: () => Promise.reject(new Error('not expected to start anything')),
};

const noBenches: Benches = { known: [], run: () => Promise.reject(new Error('not expected to measure anything')) };

const noTrial = {
  plan: () => {
    throw new Error('not expected to try anything');
  },
  run: () => Promise.reject(new Error('not expected to try anything')),
};
const noProving: Proving = {
  load: { kind: 'load', ...noTrial },
  security: { kind: 'security', ...noTrial },
  scenarioFrom: noTrial.plan,
  chaos: { kind: 'chaos', ...noTrial },
  undoFaults: () => Promise.reject(new Error('not expected to undo anything')),
  stress: { kind: 'stress', ...noTrial },
  scale: { kind: 'scale', ...noTrial },
};
