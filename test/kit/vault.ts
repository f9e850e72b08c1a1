// A Vault for tests: KV version 2, logins and tokens as its published HTTP API has them, and strict – what that API does not know is refused.
// No Vault is packaged for this machine, so it is written after https://developer.hashicorp.com/vault/api-docs; what it cannot show is that ours agrees with theirs.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';

interface Version {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly created: string;
  deleted?: string;
}

interface Token {
  endsAt: number;
  readonly life: number;
  readonly renewable: boolean;
  /** Seconds; no renewal goes beyond it. */
  readonly latest: number;
}

interface Reply {
  readonly status: number;
  readonly json?: object;
}

export class VaultServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #documents = new Map<string, Version[]>();
  readonly #tokens = new Map<string, Token>();
  /** Every request, as `METHOD path`. */
  readonly asked: string[] = [];
  readonly roles = new Map([['role-1', 'secret-1']]);
  readonly pods = new Map([['codectl', 'jwt-1']]);
  sealed = false;
  /** Seconds since it was begun, moved by hand. */
  now = 0;
  life = 3600;
  latest = 10_000;
  /** Called before a write is looked at, so that somebody else can be faster. */
  beforeWrite: () => void = () => undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<VaultServer> {
    const server = createServer((request, response) => void vault.#answer(request, response));
    const vault = new VaultServer(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return vault;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Written past the API. */
  put(path: string, data: Readonly<Record<string, unknown>> | null): void {
    const versions = this.#documents.get(path) ?? [];
    this.#documents.set(path, versions);
    versions.push({ data, created: new Date(1_700_000_000_000 + this.now * 1000).toISOString() });
  }

  /** The newest, as `vault kv delete` leaves it. */
  delete(path: string): void {
    const newest = this.#documents.get(path)?.at(-1);
    if (newest) newest.deleted = new Date().toISOString();
  }

  data(path: string): Readonly<Record<string, unknown>> | null | undefined {
    return this.#documents.get(path)?.at(-1)?.data;
  }

  issue(life = this.life, renewable = true): string {
    const token = `hvs.${randomUUID()}`;
    this.#tokens.set(token, {
      endsAt: life === 0 ? Number.POSITIVE_INFINITY : this.now + life,
      life,
      renewable,
      latest: this.now + this.latest,
    });
    return token;
  }

  revokeAll(): void {
    this.#tokens.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const url = new URL(request.url ?? '', 'http://vault');
    this.asked.push(`${request.method} ${url.pathname}`);
    const { status, json } = this.#reply(request, url, text === '' ? {} : (JSON.parse(text) as Record<string, unknown>));
    response.writeHead(status, { 'content-type': 'application/json' }).end(json === undefined ? undefined : JSON.stringify(json));
  }

  #reply(request: IncomingMessage, url: URL, body: Record<string, unknown>): Reply {
    if (this.sealed) return errors(503, 'Vault is sealed');
    const { method } = request;
    const [, v1, first, ...rest] = url.pathname.split('/');
    if (v1 !== 'v1') return errors(404);
    if (first === 'auth' && rest[1] === 'login') return this.#login(rest[0], body);
    const token = String(request.headers['x-vault-token']);
    const known = this.#tokens.get(token);
    if (!known || known.endsAt <= this.now) return errors(403, 'permission denied', 'invalid token');
    if (first === 'auth') return this.#own(`${method} ${rest.join('/')}`, token, known);
    if (first !== 'secret')
      return errors(403, "preflight capability check returned 403, please ensure client's policies grant access to path");
    const lists = method === 'LIST' || url.searchParams.get('list') === 'true';
    return this.#kv(`${lists ? 'LIST' : method} ${rest[0]}`, rest.slice(1).map(decodeURIComponent).join('/'), body);
  }

  #kv(what: string, path: string, body: Record<string, unknown>): Reply {
    if (what === 'LIST metadata') return this.#list(path);
    if (what === 'GET data') return this.#read(path);
    if (what === 'POST data' || what === 'PUT data') return this.#write(path, body);
    return errors(405, 'unsupported operation');
  }

  #login(path: string | undefined, body: Record<string, unknown>): Reply {
    const fits =
      (path === 'approle' && this.roles.get(String(body['role_id'])) === body['secret_id'] && body['secret_id'] !== undefined) ||
      (path === 'kubernetes' && this.pods.get(String(body['role'])) === body['jwt'] && body['jwt'] !== undefined);
    if (!fits) return path === 'approle' ? errors(400, 'invalid role or secret ID') : errors(403, 'permission denied');
    return { status: 200, json: auth(this.issue(), this.life) };
  }

  #own(what: string, token: string, known: Token): Reply {
    if (what === 'GET token/lookup-self')
      return {
        status: 200,
        json: { data: { id: token, ttl: known.life === 0 ? 0 : known.endsAt - this.now, renewable: known.renewable } },
      };
    if (what !== 'POST token/renew-self') return errors(404);
    if (!known.renewable) return errors(400, 'lease is not renewable');
    known.endsAt = Math.min(this.now + known.life, known.latest);
    return { status: 200, json: auth(token, known.endsAt - this.now) };
  }

  /** Directories end with a slash; a path is listed with or without its own. */
  #list(path: string): Reply {
    const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
    const below = [...this.#documents.keys()].filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
    const keys = [...new Set(below.map((one) => (one.includes('/') ? `${one.split('/')[0]}/` : one)))].sort();
    return keys.length === 0 ? errors(404) : { status: 200, json: { data: { keys } } };
  }

  #read(path: string): Reply {
    const versions = this.#documents.get(path);
    const newest = versions?.at(-1);
    if (!versions || !newest) return errors(404);
    const metadata = {
      created_time: newest.created,
      deletion_time: newest.deleted ?? '',
      destroyed: false,
      version: versions.length,
      custom_metadata: null,
    };
    if (newest.deleted !== undefined || newest.data === null) return { status: 404, json: { data: { data: null, metadata } } };
    return { status: 200, json: { data: { data: newest.data, metadata } } };
  }

  #write(path: string, { data, options }: Record<string, unknown>): Reply {
    this.beforeWrite();
    if (typeof data !== 'object' || data === null) return errors(400, 'no data provided');
    const cas = (options as { cas?: number } | undefined)?.cas;
    const current = this.#documents.get(path)?.length ?? 0;
    if (cas !== undefined && cas !== current) return errors(400, 'check-and-set parameter did not match the current version');
    this.put(path, data as Record<string, unknown>);
    const created_time = this.#documents.get(path)?.at(-1)?.created;
    return { status: 200, json: { data: { created_time, deletion_time: '', destroyed: false, version: current + 1 } } };
  }
}

function auth(token: string, life: number): object {
  return { auth: { client_token: token, policies: ['codectl'], lease_duration: life, renewable: true } };
}

function errors(status: number, ...said: readonly string[]): Reply {
  return { status, json: { errors: said } };
}
