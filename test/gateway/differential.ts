// Reads the same bytes with our parser and with node:http (llhttp), so that a test can compare what each saw.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { BodyScan } from '../../src/gateway/http/body.ts';
import { ChunkedBody, CountedBody } from '../../src/gateway/http/body.ts';
import { HttpFault } from '../../src/gateway/http/fault.ts';
import { headEnd } from '../../src/gateway/http/fields.ts';
import { parseRequestHead } from '../../src/gateway/http/request.ts';

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  /** `name: value` of the fields that our gateway passes on. */
  readonly fields: readonly string[];
  readonly body: string;
  /** The body came to its end. */
  readonly complete: boolean;
  /** The reader takes nothing more from this connection. */
  readonly last?: boolean;
}

export interface Reading {
  readonly requests: readonly SeenRequest[];
  /** Why it read no further. */
  readonly fault: string | undefined;
}

/** What our parser reads, as the gateway's connection would: until a fault, the end of the bytes, or a request that is the last. */
export function readOurs(input: Buffer): Reading {
  const requests: SeenRequest[] = [];
  let at = 0;
  try {
    while (at < input.length) {
      const rest = input.subarray(at);
      const from = rest[0] === 0x0d && rest[1] === 0x0a ? 2 : 0;
      const end = headEnd(rest, from);
      if (end === -1) break;
      const head = parseRequestHead(rest, from, end);
      const body: BodyScan = head.chunked ? new ChunkedBody() : new CountedBody(Math.max(0, head.length));
      const content: Buffer[] = [];
      const record = (complete: boolean) =>
        requests.push({
          method: head.method,
          target: head.target,
          host: head.host,
          fields: head.fields
            .split('\r\n')
            .slice(0, -1)
            .map((line) => field(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1))),
          body: Buffer.concat(content).toString('latin1'),
          complete,
        });
      at += end;
      try {
        if (!body.done) at += body.feed(input.subarray(at), 0, content);
      } catch (thrown) {
        record(false);
        throw thrown;
      }
      record(body.done);
      if (!body.done || !head.keepAlive) break;
    }
  } catch (thrown) {
    if (!(thrown instanceof HttpFault)) throw thrown;
    return { requests, fault: thrown.reason };
  }
  return { requests, fault: undefined };
}

function field(name: string, value: string): string {
  return `${name.toLowerCase()}: ${value.replace(/^[ \t]+|[ \t]+$/g, '')}`;
}

const notPassed =
  /^(?:host|content[-_]length|transfer[-_]encoding|connection|expect|upgrade|x[-_]request[-_]id|keep[-_]alive|te|trailer|proxy[-_].*|forwarded|x[-_]forwarded[-_](?:for|proto|host|port|server|by|scheme|ssl)|x[-_](?:real|client)[-_]ip|http2[-_]settings)$/;

/** A node:http server that notes what it reads on each connection. */
export class Oracle {
  readonly #server: Server;
  readonly #seen = new Map<Socket, SeenRequest[]>();
  #port = 0;

  constructor() {
    this.#server = createServer({ insecureHTTPParser: false, requireHostHeader: true, maxHeaderSize: 64 * 1024, keepAliveTimeout: 60_000 });
    const note = (incoming: IncomingMessage, response: ServerResponse) => {
      const list = this.#seen.get(incoming.socket) ?? [];
      const { rawHeaders } = incoming;
      const pairs = Array.from(
        { length: rawHeaders.length / 2 },
        (_, at) => [rawHeaders[2 * at] ?? '', rawHeaders[2 * at + 1] ?? ''] as const,
      );
      const named = new Set((incoming.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
      const passed = pairs.filter(([name]) => !notPassed.test(name.toLowerCase()) && !named.has(name.toLowerCase()));
      const index = list.length;
      const draft = {
        method: incoming.method ?? '',
        target: incoming.url ?? '',
        host: incoming.headers.host ?? '',
        fields: passed.map(([name, value]) => field(name, value)),
        body: '',
        complete: false,
        // node:http ends some HTTP/1.0 connections after the answer; what follows there it never reads.
        // What follows a wish to switch is no HTTP to node:http, also where nobody switches.
        last: incoming.httpVersion === '1.0' || incoming.headers.upgrade !== undefined,
      };
      list.push(draft);
      incoming.on(
        'data',
        (chunk: Buffer) => (list[index] = { ...(list[index] ?? draft), body: (list[index] ?? draft).body + chunk.toString('latin1') }),
      );
      incoming.on('end', () => (list[index] = { ...(list[index] ?? draft), complete: true }));
      incoming.on('error', () => undefined);
      response.end();
    };
    this.#server.on('request', note);
    this.#server.on('checkContinue', note);
    this.#server.on('checkExpectation', note);
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as { readonly port: number }).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async read(input: Buffer): Promise<readonly SeenRequest[]> {
    const served = new Promise<Socket>((resolve) => this.#server.once('connection', resolve));
    const client = connect(this.#port, '127.0.0.1');
    client.on('error', () => client.destroy());
    client.resume();
    const socket = await served;
    this.#seen.set(socket, []);
    const over = new Promise((resolve) => socket.once('close', resolve));
    client.end(input);
    await over;
    client.destroy();
    const seen = this.#seen.get(socket) ?? [];
    this.#seen.delete(socket);
    return seen;
  }
}

/** The first way in which the two readings differ where ours accepted; undefined when node:http agrees with all that we pass on. */
export function difference({ requests: ours, fault }: Reading, theirs: readonly SeenRequest[]): string | undefined {
  for (const [index, our] of ours.entries()) {
    const their = theirs[index];
    if (their === undefined && theirs.at(-1)?.last) return undefined;
    const what = their === undefined ? 'node:http does not accept it' : differenceOf(our, their, fault !== undefined);
    if (what !== undefined) return `request ${index}: ${what}\n ours: ${JSON.stringify(our)}\n node: ${JSON.stringify(their)}`;
  }
  return undefined;
}

function differenceOf(our: SeenRequest, their: SeenRequest, refused: boolean): string | undefined {
  if (lineOf(our) !== lineOf(their)) return 'another request line or host';
  if (JSON.stringify(our.fields) !== JSON.stringify(their.fields)) return 'other fields';
  if (our.complete && (!their.complete || our.body !== their.body)) return 'another body';
  // A body that we refuse half way never reaches an upstream whole; one that we wait for must not have ended for another.
  if (!our.complete && their.complete && !refused) return 'node:http saw the body end';
  return undefined;
}

function lineOf({ method, target, host }: SeenRequest): string {
  return `${method} ${target} ${host}`;
}
