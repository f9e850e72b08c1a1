// A server with one hole at a time, and none otherwise: each hole is one that a probe should find.
import type { ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, get } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';

/** What is answered: a status, fields and a body. */
interface Reply {
  readonly status?: number;
  readonly fields?: Record<string, string | readonly string[]>;
  readonly body?: string;
}

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly request: IncomingMessage;
  /** Undefined: it was too large. */
  readonly body: string | undefined;
}

type Answer = (asked: Asked) => Reply | Promise<Reply> | undefined;

interface Hole {
  /** What it answers before the sound server is asked. */
  readonly answer?: Answer;
  /** What it does to an answer of the sound server. */
  readonly spoil?: (reply: Reply) => Reply;
  readonly maxHeaderSize?: number;
  readonly lenient?: true;
  readonly mostConnections?: number;
  readonly largestBody?: number;
}

const html = 'text/html; charset=utf-8';
const guarded = {
  'content-type': html,
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'set-cookie': 'visit=1; HttpOnly; SameSite=Lax',
};

const escape = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const parameter = ({ url }: Asked, name: string) => url.searchParams.get(name) ?? '';
const page = (body: string): Reply => ({ fields: guarded, body: `<!doctype html><html><body>${body}</body></html>` });
const without =
  (name: string) =>
  (reply: Reply): Reply => {
    const { [name]: _, ...fields } = reply.fields ?? {};
    return { ...reply, fields };
  };
const saying =
  (name: string, value: string) =>
  (reply: Reply): Reply => ({ ...reply, fields: { ...reply.fields, [name]: value } });

function sound(asked: Asked): Reply {
  const { method, url, body } = asked;
  if (body === undefined) return { status: 413, fields: guarded, body: 'too large' };
  if (method === 'POST' && url.pathname === '/orders') return { status: 400, fields: guarded, body: 'no order' };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, fields: guarded, body: 'only GET' };
  if (url.pathname === '/')
    return page(`<a href="/search?q=tea">search</a><a href="/report?file=a.txt&amp;id=1">report</a>
      <form action="/orders" method="post"><input name="product" value="tea"></form>`);
  if (url.pathname === '/search') return page(`Nothing for ${escape(parameter(asked, 'q'))}`);
  if (url.pathname === '/report') return page('A report');
  if (url.pathname === '/admin') return { status: 401, fields: guarded, body: 'log in' };
  return { status: 404, fields: guarded, body: 'nothing here' };
}

const fetched = (address: string): Promise<Reply> =>
  new Promise((resolve) => {
    const done = (): void => resolve(page('fetched'));
    get(address, (response) => response.resume().on('end', done)).on('error', done);
  });

const shell: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
/** Put together here: it is none that a scan of these sources should find. */
const planted = ['ghp', 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6'].join('_');
const stored = new Map<string, string>();

/** By the probe that should find it, and it alone. */
export const holes: Readonly<Record<string, Hole>> = {
  'headers.csp': { spoil: saying('content-security-policy', "script-src 'unsafe-inline'; frame-ancestors 'none'") },
  'headers.nosniff': { spoil: without('x-content-type-options') },
  'headers.frames': { spoil: (reply) => saying('content-security-policy', "default-src 'self'")(without('x-frame-options')(reply)) },
  'headers.referrer': { spoil: saying('referrer-policy', 'unsafe-url') },
  'headers.banner': { spoil: saying('x-powered-by', 'Shop 1.2.3') },
  'cookies.flags': { spoil: saying('set-cookie', 'visit=1; SameSite=Lax') },
  'leaks.secrets': {
    answer: ({ method, url }) => (method === 'GET' && url.pathname === '/report' ? page(`const key = "${planted}";`) : undefined),
  },
  'leaks.traces': {
    answer: ({ url, method }) =>
      method === 'POST' && url.pathname === '/'
        ? {
            status: 500,
            fields: guarded,
            body: 'Error: x\n    at parse (/srv/shop/server.js:12:34)\n    at next (/srv/shop/server.js:1:2)',
          }
        : undefined,
  },
  'leaks.listing': {
    answer: ({ url }) => (url.pathname === '/uploads/' ? page('<h1>Index of /uploads/</h1><a href="a.pdf">a</a>') : undefined),
  },
  'leaks.files': {
    answer: ({ url }) => (url.pathname === '/.git/HEAD' ? { fields: guarded, body: 'ref: refs/heads/main\n' } : undefined),
  },
  'leaks.debug': {
    answer: ({ url }) => (url.pathname === '/actuator/env' ? { fields: guarded, body: '{"propertySources":[]}' } : undefined),
  },
  'methods.trace': {
    answer: ({ method, request }) =>
      method === 'TRACE' ? { fields: { ...guarded, 'content-type': 'message/http' }, body: request.rawHeaders.join('\n') } : undefined,
  },
  'methods.unknown': {
    answer: (asked) => (asked.method === 'PROPFIND' || asked.method === 'QZXW' ? sound({ ...asked, method: 'GET' }) : undefined),
  },
  'methods.tampering': { answer: ({ method, url }) => (url.pathname === '/admin' && method === 'POST' ? page('Welcome') : undefined) },
  'methods.write': {
    answer: ({ method, url, body = '' }) => {
      if (method === 'PUT') stored.set(url.pathname, body);
      if (method === 'DELETE') stored.delete(url.pathname);
      const kept = stored.get(url.pathname);
      if (method === 'PUT' || method === 'DELETE') return { status: 204, fields: guarded };
      return kept === undefined ? undefined : { fields: guarded, body: kept };
    },
  },
  'ssrf.callback': {
    answer: (asked) => (parameter(asked, 'webhook').startsWith('http:') ? fetched(parameter(asked, 'webhook')) : undefined),
  },
  'redirect.open': {
    answer: (asked) =>
      parameter(asked, 'next') === '' ? undefined : { status: 302, fields: { ...guarded, location: parameter(asked, 'next') } },
  },
  'host.forwarded': {
    answer: ({ url, request }) => {
      const host = request.headers['x-forwarded-host'];
      return url.pathname === '/report' && typeof host === 'string' ? page(`<a href="https://${escape(host)}/x">x</a>`) : undefined;
    },
  },
  'host.rewrite': {
    answer: (asked) => {
      const path = asked.request.headers['x-original-url'];
      return typeof path === 'string' ? sound({ ...asked, url: new URL(path, asked.url) }) : undefined;
    },
  },
  'cors.reflection': {
    answer: (asked) => {
      const { origin } = asked.request.headers;
      if (origin === undefined || !origin.startsWith('https:')) return undefined;
      const reply = sound(asked);
      return { ...reply, fields: { ...reply.fields, 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' } };
    },
  },
  'traversal.path': {
    answer: ({ request }) => {
      const path = decodeURIComponent(decodeURIComponent((request.url ?? '').split('?')[0] ?? ''));
      return path.includes('..') ? file(path.replace(/^[^.]*/, '').replace(/^(?:\.\.[\\/])+/, '/')) : undefined;
    },
  },
  'traversal.parameter': { answer: (asked) => file(parameter(asked, 'file').replace(/^(?:\.\.\/)+/, '/')) },
  'injection.page': {
    answer: (asked) =>
      asked.method === 'GET' && asked.url.pathname === '/search' ? page(`Nothing for ${parameter(asked, 'q')}`) : undefined,
  },
  'injection.sql': {
    answer: (asked) =>
      parameter(asked, 'id').includes("'")
        ? { status: 500, fields: guarded, body: "unterminated quoted string at or near \"'1''\"" }
        : undefined,
  },
  'injection.template': {
    answer: (asked) => {
      const [, a, b] = /\{\{(\d+)\*(\d+)\}\}/.exec(parameter(asked, 'name')) ?? [];
      return a === undefined ? undefined : page(`Dear ${Number(a) * Number(b)}`);
    },
  },
  'injection.command': {
    answer: (asked) => {
      const host = parameter(asked, 'ping');
      return host === '' ? undefined : page(escape(run(`echo ${host}`)));
    },
  },
  'splitting.fields': {
    answer: (asked) => {
      const [, name, value] = /\n([\w-]+): (\w+)/.exec(parameter(asked, 'lang')) ?? [];
      return name === undefined ? undefined : { ...page(''), fields: { ...guarded, [name]: value ?? '' } };
    },
  },
  'smuggling.hidden': { lenient: true },
  'limits.fields': { maxHeaderSize: 2 ** 20 },
  'limits.body': { largestBody: 2 ** 30, answer: ({ body }) => ((body?.length ?? 0) > 2 ** 20 ? page('thanks') : undefined) },
  'limits.slow': { mostConnections: 30 },
};

function run(line: string): string {
  try {
    return execFileSync('/bin/sh', ['-c', line], shell);
  } catch {
    return '';
  }
}

/** Only what the test looks for: the server is on a real machine. */
function file(path: string): Reply | undefined {
  if (path !== '/etc/passwd' && !/^\/[\w/.-]*\/codectl-canary-\w+\.txt$/.test(path)) return undefined;
  return { fields: guarded, body: readFileSync(path, 'utf8').slice(0, 10_000) };
}

export interface OpenServer extends AsyncDisposable {
  readonly port: number;
}

export async function serve({
  answer,
  spoil = (reply) => reply,
  maxHeaderSize = 16_384,
  lenient,
  mostConnections,
  largestBody = 100_000,
}: Hole): Promise<OpenServer> {
  const handle: RequestListener = (request, response) => {
    void (async () => {
      const body = await read(request, largestBody);
      const asked = { method: request.method ?? '', url: urlOf(request), request, body };
      write(request, response, spoil((await answer?.(asked)) ?? sound(asked)));
    })().catch(() => response.writeHead(500, guarded).end('a mistake'));
  };
  const server = createServer({ maxHeaderSize, insecureHTTPParser: lenient === true, requestTimeout: 0, headersTimeout: 0 }, handle);
  if (mostConnections !== undefined) server.maxConnections = mostConnections;
  return listening(server);
}

export async function listening(server: Server): Promise<OpenServer> {
  const open = new Set<Socket>();
  // One that was taken over by TLS is known to nobody else.
  server.on('connection', (socket: Socket) => void open.add(socket.once('close', () => open.delete(socket))));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const one of open) one.destroy();
      await closed;
    },
  };
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  return URL.parse(`http://site${url.startsWith('/') ? url : `/${url}`}`) ?? new URL('http://site/odd');
}

async function read(request: IncomingMessage, most: number): Promise<string | undefined> {
  let text = '';
  try {
    for await (const chunk of request) {
      text += String(chunk);
      if (text.length > most) return undefined;
    }
  } catch {
    // It was cut off: there is nobody to answer.
  }
  return text;
}

function write(request: IncomingMessage, response: ServerResponse, { status = 200, fields = {}, body = '' }: Reply): void {
  const close = request.complete ? {} : { connection: 'close' };
  for (const [name, value] of Object.entries({ ...fields, ...close })) response.setHeader(name, value);
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}
