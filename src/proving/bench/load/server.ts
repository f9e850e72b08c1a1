// The server that generators are measured by: it knows how long its answers took, when requests came, and stalls once when it is told to.
import { join } from 'node:path';
import type { LoadTarget } from '../../../model/proving/scenario.ts';
import { writeFileAtomic } from '../../../platform/files.ts';
import { Caller } from '../../../platform/http/caller.ts';
import { ask } from '../../../platform/http/link.ts';
import type { Child } from '../../../platform/process/child.ts';
import { unusedPort } from '../../../platform/process/ports.ts';
import { startOnCore } from '../proxies/proxy.ts';

/** Counts of arrivals are told in slices of so many milliseconds. */
export const slice = 20;

/** `/known`: after exponential delays of 10 ms on average, drawn in the same order each time; `/ok`: at once. */
const program = (port: number): string => `
const { createServer } = require('node:http');
let arrivals, took, next, begun, stall;
const reset = () => { arrivals = []; took = []; next = 0; begun = undefined; stall = undefined; };
reset();
const quantile = (p) => took.length === 0 ? null : took.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(p * took.length) - 1)];
createServer((request, response) => {
  const now = performance.now();
  const [path, query] = request.url.split('?');
  if (path === '/reset') { reset(); stall = query && Number(query); return response.end(); }
  if (path === '/truth') return response.end(JSON.stringify({ arrivals, n: took.length, p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999) }));
  if (begun === undefined) {
    begun = now;
    // Nobody is served for a second.
    if (stall) setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000), stall);
  }
  const at = Math.floor((now - begun) / ${slice});
  arrivals[at] = (arrivals[at] ?? 0) + 1;
  const done = () => { response.end('ok'); took.push(performance.now() - now); };
  if (path !== '/known') return response.end('ok');
  next = (next + 0.6180339887498949) % 1;
  setTimeout(done, -Math.log(1 - next) * 10);
}).listen(${port}, '127.0.0.1');
`;

export interface Truth {
  /** By slice of 20 ms since the first request; absent: none. */
  readonly arrivals: readonly (number | null)[];
  readonly n: number;
  /** Milliseconds. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

export interface KnownServer {
  readonly target: LoadTarget;
  /** Forgets what was; `stallAfter`: milliseconds after the next first request. */
  reset(stallAfter?: number): Promise<void>;
  truth(): Promise<Truth>;
  stop(): Promise<void>;
}

export async function startKnownServer(node: string, directory: string, signal: AbortSignal): Promise<KnownServer> {
  const port = await unusedPort();
  const file = join(directory, 'server.cjs');
  await writeFileAtomic(file, program(port));
  const child: Child = await startOnCore(0, [node, file], { directory, port }, signal);
  const target = { host: '127.0.0.1', port };
  return {
    target,
    reset: async (stallAfter) => {
      const caller = new Caller({ keepAlive: false });
      const path = stallAfter === undefined ? '/reset' : `/reset?${stallAfter}`;
      await caller.ask({ ...target, method: 'GET', path, headers: {}, timeout: 60_000 });
      caller.close();
    },
    truth: async () => {
      const answer = await ask({ kind: 'tcp', ...target }, { method: 'GET', path: '/truth' }, signal);
      return JSON.parse(await answer.text()) as Truth;
    },
    stop: () => child.stop(),
  };
}
