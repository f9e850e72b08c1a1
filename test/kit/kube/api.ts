// The API of a test cluster over HTTP: server-side apply, merge patch, list, watch with bookmarks, delete, eviction, logs. Strict like the real one.
import type { ChildProcess } from 'node:child_process';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { mergePatch, Owners } from './fields.ts';
import { answerExec } from './node/exec.ts';
import type { Kind, Part, Stored } from './objects.ts';
import { fits, kinds, Objects, selects } from './objects.ts';
import { faultsOf, unknownFields } from './schema.ts';
import { invalid, notFound, Status } from './status.ts';
import { watch } from './watch.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly kind: Kind;
  readonly name: string | undefined;
  readonly part: string | undefined;
}

export interface ApiOptions {
  readonly namespaces: readonly string[];
  /** Bearer token that is taken; absent: whoever asks is let in. */
  token?: string;
  /** PEM texts: then it speaks TLS and asks for a certificate of its authority. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Before anything else: a refusal, or nothing. */
  admit?: (asked: Asked) => Status | undefined;
  readonly logs: (pod: string, previous: boolean) => string | undefined;
  /** Whether its container may still say something. */
  readonly speaks: (pod: string) => boolean;
  /** The process of a command in a pod, or why there is none; `undefined`: its container does not run. */
  readonly exec: (pod: string, command: readonly string[]) => (() => ChildProcess | string) | undefined;
  readonly evict: (pod: Stored) => void;
}

export class Api {
  readonly objects = new Objects();
  readonly owners = new Owners();
  readonly options: ApiOptions;
  /** Every request that came, `PATCH /apis/…`. */
  readonly asked: string[] = [];
  /** What a metrics server measured last; absent: the cluster has none. */
  metrics?: { readonly stamp: string; readonly use: (pod: string) => { readonly cpu: string; readonly memory: string } | undefined };
  readonly #server: Server;
  readonly #open = new Set<ServerResponse>();
  readonly #upgraded = new Set<Duplex>();

  constructor(options: ApiOptions) {
    this.options = options;
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    this.#server = options.tls
      ? createSecure({ ...options.tls, requestCert: true, rejectUnauthorized: false }, answer)
      : createServer(answer);
    this.#server.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Breaks all connections and takes no more. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.breakUpgrades();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Ends all watches, as a server does from time to time. */
  endWatches(): void {
    for (const one of this.#open) one.end();
  }

  breakUpgrades(): void {
    for (const one of this.#upgraded) one.destroy();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = Buffer.concat(await request.toArray()).toString();
      const url = new URL(request.url ?? '/', 'http://here');
      this.asked.push(`${request.method} ${url.pathname}${url.searchParams.has('watch') ? '?watch' : ''}`);
      this.#authenticate(request);
      if (url.pathname === '/version') return send(response, 200, { major: '1', minor: '34', gitVersion: 'v1.34.0-test' });
      if (url.pathname.startsWith('/apis/metrics.k8s.io/')) return this.#metrics(url, response);
      const asked = this.#read(request.method ?? 'GET', url);
      const refusal = this.options.admit?.(asked);
      if (refusal) throw refusal;
      await this.#serve(asked, request, body, response);
    } catch (thrown) {
      const status =
        thrown instanceof Status ? thrown : new Status(500, 'InternalError', String(thrown instanceof Error ? thrown.stack : thrown));
      if (response.headersSent) response.destroy();
      else send(response, status.code, status.body, status.headers);
    }
  }

  #metrics(url: URL, response: ServerResponse): void {
    if (!this.metrics || url.pathname !== '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods')
      throw new Status(404, 'NotFound', 'the server could not find the requested resource');
    const { stamp, use } = this.metrics;
    const pods = this.objects.list('Pod', (one) => selects(url.searchParams.get('labelSelector') ?? undefined, one));
    const items = pods.flatMap(({ metadata }) => {
      const usage = use(metadata.name);
      return usage
        ? [{ metadata: { name: metadata.name }, timestamp: stamp, window: '15s', containers: [{ name: 'service', usage }] }]
        : [];
    });
    send(response, 200, { kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items });
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://here');
    this.asked.push(`UPGRADE ${url.pathname}`);
    stream.on('error', () => undefined);
    this.#upgraded.add(stream);
    stream.on('close', () => this.#upgraded.delete(stream));
    try {
      this.#authenticate(request);
      const asked = this.#read('GET', url);
      const refusal = this.options.admit?.(asked);
      if (refusal) throw refusal;
      const { kind, name = '', part } = asked;
      if (part !== 'exec') throw new Status(400, 'BadRequest', 'Upgrade request required');
      this.#find(kind, name);
      const run = this.options.exec(name, url.searchParams.getAll('command'));
      if (!run) throw new Status(500, 'InternalError', `unable to upgrade connection: container not found ("service")`);
      answerExec({ request, stream, head }, run);
    } catch (thrown) {
      const status = thrown instanceof Status ? thrown : new Status(500, 'InternalError', String(thrown));
      const text = JSON.stringify(status.body);
      stream.end(
        `HTTP/1.1 ${status.code} ${status.reason}\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
      );
    }
  }

  #authenticate(request: IncomingMessage): void {
    const { token, tls } = this.options;
    const byCertificate = tls !== undefined && 'authorized' in request.socket && request.socket.authorized === true;
    if ((token === undefined && !tls) || byCertificate || (token !== undefined && request.headers.authorization === `Bearer ${token}`))
      return;
    throw new Status(401, 'Unauthorized', 'Unauthorized');
  }

  #read(method: string, url: URL): Asked {
    const match = /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(url.pathname);
    const [, core, group, namespace = '', plural = '', name, part] = match ?? [];
    const kind = kinds.find((one) => one.plural === plural && one.apiVersion === (core ?? group));
    if (!kind) throw new Status(404, 'NotFound', 'the server could not find the requested resource');
    if (!this.options.namespaces.includes(namespace) && method !== 'GET') throw notFound('namespaces', namespace);
    return { method, path: url.pathname, query: url.searchParams, kind, name, part };
  }

  async #serve(asked: Asked, request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const { method, kind, name, part } = asked;
    if (method === 'GET') return this.#look(asked, response);
    if (method === 'PATCH' && name !== undefined)
      return this.#patch(asked, request.headers['content-type'] ?? '', JSON.parse(body) as Part, response);
    if (method === 'DELETE' && name !== undefined) return this.#delete(asked, response);
    if (method === 'POST' && part === 'eviction' && name !== undefined) {
      this.options.evict(this.#find(kind, name));
      return send(response, 201, { kind: 'Status', status: 'Success' });
    }
    throw new Status(405, 'MethodNotAllowed', `the server does not allow this method on the requested resource`);
  }

  async #look(asked: Asked, response: ServerResponse): Promise<void> {
    const { kind, name, part, query } = asked;
    const found = name === undefined ? undefined : this.#find(kind, name);
    if (part === 'log') return this.#log(asked, response);
    if (found) return send(response, 200, found);
    return query.get('watch') === 'true' ? this.#watch(asked, response) : this.#list(asked, response);
  }

  #find({ kind, plural }: Kind, name: string): Stored {
    const found = this.objects.get(kind, name);
    if (!found) throw notFound(plural, name);
    return found;
  }

  #list({ kind, query }: Asked, response: ServerResponse): void {
    const all = this.objects.list(
      kind.kind,
      (one) => selects(query.get('labelSelector') ?? undefined, one) && fits(query.get('fieldSelector'), one),
    );
    const from = Number(query.get('continue') ?? 0);
    const to = from + Number(query.get('limit') ?? all.length);
    const more = to < all.length ? { continue: String(to), remainingItemCount: all.length - to } : {};
    send(response, 200, {
      kind: `${kind.kind}List`,
      apiVersion: kind.apiVersion,
      metadata: { resourceVersion: String(this.objects.version), ...more },
      items: all.slice(from, to),
    });
  }

  #watch({ kind, query }: Asked, response: ServerResponse): void {
    this.#open.add(response);
    response.on('close', () => this.#open.delete(response));
    watch(this.objects, kind, query, response);
  }

  #patch(asked: Asked, type: string, wished: Part, response: ServerResponse): void {
    const manager = asked.query.get('fieldManager') ?? '';
    if (type === 'application/apply-patch+yaml') return this.#apply(asked, wished, manager, response);
    if (type !== 'application/merge-patch+json')
      throw new Status(415, 'UnsupportedMediaType', `the body of the request was in an unknown format: ${type}`);
    const { kind, name = '' } = asked;
    const before = this.#find(kind, name);
    const after = mergePatch(before, wished) as Stored;
    const stored = this.#store(kind, before, after);
    this.owners.updated(before, stored, manager === '' ? 'unknown' : manager);
    send(response, 200, stored);
  }

  #apply({ kind, name = '', query }: Asked, wished: Part, manager: string, response: ServerResponse): void {
    checkApply({ kind, name, query }, wished, manager);
    const before = this.objects.get(kind.kind, name);
    const base = before ?? this.#blank(kind, name);
    const applied = this.owners.apply(base, wished, manager, query.get('force') === 'true');
    if ('conflicts' in applied) {
      const causes = applied.conflicts.map((one) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with "${one.manager}"`,
        field: one.field,
      }));
      throw new Status(
        409,
        'Conflict',
        `Apply failed with ${causes.length} conflicts: ${causes.map((one) => `${one.message}: ${one.field}`).join('; ')}`,
        { causes },
      );
    }
    send(response, before ? 200 : 201, this.#store(kind, base, applied.result));
  }

  #blank({ kind, apiVersion }: Kind, name: string): Stored {
    return { apiVersion, kind, metadata: { name, namespace: '', uid: `new/${kind}/${name}`, resourceVersion: '', creationTimestamp: '' } };
  }

  #store(kind: Kind, before: Stored, after: Stored): Stored {
    const faults = faultsOf(after, before.metadata.resourceVersion === '' ? undefined : before);
    if (faults.length > 0) throw invalid(kind.kind, after.metadata.name, faults);
    const [namespace = ''] = this.options.namespaces;
    if (before.metadata.resourceVersion !== '')
      return (
        this.objects.update(kind.kind, after.metadata.name, (copy) => Object.assign(copy, { ...after, status: copy['status'] })) ?? before
      );
    const { uid: temporary } = before.metadata;
    const stored = this.objects.create(after, namespace);
    this.owners.rename(temporary, stored.metadata.uid);
    return stored;
  }

  #delete({ kind, name = '', query }: Asked, response: ServerResponse): void {
    const found = this.#find(kind, name);
    if (kind.kind === 'Pod') this.endPod(name, Number(query.get('gracePeriodSeconds') ?? Number.NaN));
    else this.objects.delete(kind.kind, name);
    send(response, 200, found);
  }

  /** As a deletion with grace: the kubelet ends it, then it is gone. */
  endPod(name: string, seconds = Number.NaN): void {
    this.objects.update('Pod', name, (pod) => {
      const spec = pod['spec'] as { terminationGracePeriodSeconds?: number };
      pod.metadata.deletionTimestamp ??= new Date().toISOString();
      pod.metadata.deletionGracePeriodSeconds = Number.isNaN(seconds) ? (spec.terminationGracePeriodSeconds ?? 30) : seconds;
    });
  }

  async #log({ name = '', query }: Asked, response: ServerResponse): Promise<void> {
    const text = this.options.logs(name, query.get('previous') === 'true');
    if (text === undefined)
      throw new Status(400, 'BadRequest', `container "service" in pod "${name}" is waiting to start or has no previous one`);
    const lines = text.split('\n').slice(0, -1);
    const tail = query.get('tailLines');
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write((tail === null ? lines : lines.slice(-Number(tail))).map((line) => `${line}\n`).join(''));
    let told = text.length;
    // What follows, for as long as its container lives and somebody listens.
    for (let more = query.get('follow') === 'true'; more && !response.destroyed; ) {
      more = this.options.speaks(name);
      const all = this.options.logs(name, false) ?? '';
      response.write(all.slice(told));
      told = all.length;
      if (more) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    response.end();
  }
}

function send(response: ServerResponse, code: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function checkApply({ kind, name, query }: Pick<Asked, 'kind' | 'name' | 'query'>, wished: Part, manager: string): void {
  const meta = wished['metadata'] as Part | undefined;
  if (manager === '')
    throw new Status(422, 'Invalid', 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch');
  if (wished['kind'] !== kind.kind || wished['apiVersion'] !== kind.apiVersion)
    throw new Status(400, 'BadRequest', `the object is no ${kind.apiVersion} ${kind.kind}`);
  if (meta?.['name'] !== name)
    throw new Status(400, 'BadRequest', `the name of the object (${String(meta?.['name'])}) does not match the name on the URL (${name})`);
  if (meta?.['managedFields'] !== undefined) throw new Status(400, 'BadRequest', 'metadata.managedFields must be nil');
  const unknown = query.get('fieldValidation') === 'Strict' ? unknownFields(wished) : [];
  if (unknown.length > 0)
    throw new Status(400, 'BadRequest', `strict decoding error: ${unknown.map((one) => `unknown field "${one}"`).join(', ')}`);
}
