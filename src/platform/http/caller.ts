// One HTTP/1.1 request to a place that is under trial: says what came back, or how it broke, and never throws.
import type { IncomingMessage } from 'node:http';
import type { Duration } from '../../base/units.ts';
import { Agent, request } from '../node-http.ts';

export interface Ask {
  readonly host: string;
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the start to the last byte of the answer, in milliseconds. */
  readonly timeout: Duration;
}

export type Answered =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  /** `because`: the system's code (`ECONNRESET`), `timeout`, or what was wrong with the answer. */
  | { readonly kind: 'broken'; readonly because: string };

export class Caller {
  readonly #agent: InstanceType<typeof Agent>;

  /** Without `keepAlive` each request has a connection of its own. */
  constructor(options: { readonly keepAlive: boolean; readonly connections?: number }) {
    this.#agent = new Agent({ keepAlive: options.keepAlive, maxSockets: options.connections ?? 512 });
  }

  /** Resolves with the last byte of the answer, whose body is thrown away. */
  ask({ host, port, method, path, headers, body, timeout }: Ask): Promise<Answered> {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const signal = AbortSignal.timeout(timeout);
    return new Promise((resolve) => {
      const broken = (error: Error): void => resolve({ kind: 'broken', because: reasonOf(error, signal.aborted) });
      const call = request({ host, port, method, path, headers: { ...headers, ...length }, agent: this.#agent, signal });
      call.on('error', broken);
      call.on('response', (response) => {
        response.on('error', broken);
        response.on('end', () => resolve({ kind: 'answer', status: response.statusCode ?? 0, headers: single(response) }));
        response.resume();
      });
      call.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function reasonOf(error: Error, late: boolean): string {
  if (late) return 'timeout';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function single({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
}
