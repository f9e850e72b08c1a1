// The Kubernetes API as this runtime uses it: server-side apply, merge patches, lists, watches and logs; asked again where it says "later".
import type { Clock } from '../../../base/clock.ts';
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { LinkAnswer, LinkRequest, LinkTarget } from '../../../platform/http/link.ts';
import { ask } from '../../../platform/http/link.ts';
import type { LinkSocket } from '../../../platform/http/socket.ts';
import { openSocket } from '../../../platform/http/socket.ts';
import type { Identity, Proof } from './access/credentials.ts';
import type { Access } from './access/kubeconfig.ts';
import type { Kind, KubeObject } from './object.ts';
import { pathOf } from './object.ts';
import type { Place } from './refusals.ts';
import { ApiRefusal, explained, silent, unreachable } from './refusals.ts';
import { pauseAfter } from './watch/pace.ts';

/** Fields that we set carry this name; what others set stays theirs. */
const fieldManager = 'codectl';

export interface ClientOptions {
  readonly access: Access;
  readonly identity: Identity;
  readonly namespace: string;
  readonly clock: Clock;
  /** From 0 to 1, to spread those who ask again. */
  readonly random: () => number;
}

interface Ask extends LinkRequest {
  /** Its answer ends when somebody ends it. */
  readonly endless?: boolean;
}

/** Questions that are refused for now are asked again after 0.25 s, 0.5 s … 8 s, or when the server says. */
const pace = { first: 250, most: 8_000, tries: 7 };
const patience: Duration = 30_000;
const later: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

export class KubeClient {
  readonly #options: ClientOptions;
  readonly place: Place;

  constructor(options: ClientOptions) {
    this.#options = options;
    const { access, namespace } = options;
    this.place = { context: access.name, server: access.server.href.replace(/\/$/, ''), namespace };
  }

  /** Makes it so; fields that others hold are taken over: what was deployed is this engine's to say. Returns the object as it is then. Errors: `explained`. */
  async apply(object: KubeObject, signal: AbortSignal): Promise<unknown> {
    const path = pathOf(object.kind, this.place.namespace, object.metadata.name);
    const query = { fieldManager, force: true, fieldValidation: 'Strict' };
    return this.#json({ method: 'PATCH', path, query, json: object, headers: { 'content-type': 'application/apply-patch+yaml' } }, signal);
  }

  /** `undefined`: it is gone. */
  async patch(kind: Kind, name: string, change: unknown, signal: AbortSignal): Promise<unknown> {
    const path = pathOf(kind, this.place.namespace, name);
    const headers = { 'content-type': 'application/merge-patch+json' };
    return this.#unlessGone(() => this.#json({ method: 'PATCH', path, query: { fieldManager }, json: change, headers }, signal));
  }

  /** What it owns goes with it. Idempotent. */
  async remove(kind: Kind, name: string, signal: AbortSignal): Promise<void> {
    const path = pathOf(kind, this.place.namespace, name);
    await this.#unlessGone(() => this.#json({ method: 'DELETE', path, query: { propagationPolicy: 'Background' } }, signal));
  }

  /** `undefined`: there is none. */
  find(kind: Kind, name: string, signal: AbortSignal): Promise<unknown> {
    return this.getIfThere(pathOf(kind, this.place.namespace, name), {}, signal);
  }

  /** The same of a path that a cluster may not have. */
  getIfThere(path: string, query: LinkRequest['query'], signal: AbortSignal): Promise<unknown> {
    return this.#unlessGone(() => this.get(path, query, signal));
  }

  list(kind: Kind, query: LinkRequest['query'], signal: AbortSignal): Promise<unknown> {
    return this.get(pathOf(kind, this.place.namespace), query, signal);
  }

  get(path: string, query: LinkRequest['query'], signal: AbortSignal): Promise<unknown> {
    return this.#json({ method: 'GET', path, query }, signal);
  }

  /** Comes as it is written; whoever leaves closes it. Errors: `ApiRefusal` as it is. */
  stream(path: string, query: LinkRequest['query'], signal: AbortSignal): Promise<LinkAnswer> {
    return this.#once({ method: 'GET', path, query, endless: true }, signal);
  }

  /** Errors: `ApiRefusal` as it is, `runtime_unavailable`. */
  async socket(path: string, protocols: readonly string[], signal: AbortSignal): Promise<LinkSocket> {
    const { identity } = this.#options;
    for (let tried = 1; ; tried += 1) {
      const proof = await identity.proof();
      const request = { ...this.#placed({ path }, proof), protocols };
      const opened = await this.#patiently((within) => openSocket(this.#target(proof), request, within), signal);
      if (opened.kind === 'open') return opened.socket;
      const { answer } = opened;
      if (answer.status !== 401 || tried > 1 || !identity.refused()) throw new ApiRefusal(answer.status, await answer.text());
      answer.close();
    }
  }

  async #unlessGone(work: () => Promise<unknown>): Promise<unknown> {
    try {
      return await work();
    } catch (thrown) {
      if (thrown instanceof Error && thrown.cause instanceof ApiRefusal && isGone(thrown.cause)) return undefined;
      throw thrown;
    }
  }

  async #json(request: Ask, signal: AbortSignal): Promise<unknown> {
    for (let tried = 1; ; tried += 1)
      try {
        const answer = await this.#once(request, signal);
        const text = await answer.text();
        return text === '' ? undefined : JSON.parse(text);
      } catch (thrown) {
        const wait =
          thrown instanceof ApiRefusal && tried < pace.tries && later.has(thrown.status) ? this.#pause(thrown, tried) : undefined;
        signal.throwIfAborted();
        if (wait === undefined) throw this.told(thrown);
        await this.#options.clock.sleep(wait, signal);
      }
  }

  /** What went wrong, as whoever deploys should read it. */
  told(thrown: unknown): unknown {
    if (thrown instanceof ApiRefusal) return explained(thrown, this.place);
    return thrown instanceof CodeError ? thrown : unreachable(thrown, this.place);
  }

  #pause({ retryAfter }: ApiRefusal, tried: number): Duration {
    return retryAfter === undefined ? pauseAfter(tried, pace, this.#options.random) : retryAfter * 1000;
  }

  /** Credentials that were refused are shown once more where there may be newer ones. */
  async #once(request: Ask, signal: AbortSignal): Promise<LinkAnswer> {
    const { identity } = this.#options;
    const answer = await this.#send(request, await identity.proof(), signal);
    if (answer.status !== 401 || !identity.refused()) return accepted(answer);
    answer.close();
    return accepted(await this.#send(request, await identity.proof(), signal));
  }

  #send({ endless, ...request }: Ask, proof: Proof, signal: AbortSignal): Promise<LinkAnswer> {
    const whole = endless ? signal : AbortSignal.any([signal, AbortSignal.timeout(2 * patience)]);
    return this.#patiently((within) => ask(this.#target(proof), { ...request, ...this.#placed(request, proof) }, within), whole);
  }

  /** Waits so long for the head of an answer; the answer itself is the signal's. */
  async #patiently<T>(work: (within: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const late = new AbortController();
    const alarm = setTimeout(() => late.abort(), patience);
    try {
      return await work(AbortSignal.any([signal, late.signal]));
    } catch (thrown) {
      signal.throwIfAborted();
      throw late.signal.aborted ? silent(this.place) : unreachable(thrown, this.place);
    } finally {
      clearTimeout(alarm);
    }
  }

  #placed({ path, headers }: Pick<LinkRequest, 'path' | 'headers'>, proof: Proof): Pick<LinkRequest, 'path' | 'headers'> {
    const { server } = this.#options.access;
    const told = { accept: 'application/json', host: server.host, ...headers, ...proof.headers };
    return { path: `${server.pathname.replace(/\/$/, '')}${path}`, headers: told };
  }

  #target({ ca, cert, key }: Proof): LinkTarget {
    const { server, servername, insecure } = this.#options.access;
    const secure = server.protocol === 'https:';
    const where = {
      kind: 'tcp',
      host: server.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(server.port || (secure ? 443 : 80)),
    } as const;
    if (!secure) return where;
    return {
      ...where,
      tls: { ca, cert, key, ...(servername !== undefined && { servername }), ...(insecure && { rejectUnauthorized: false }) },
    };
  }
}

async function accepted(answer: LinkAnswer): Promise<LinkAnswer> {
  if (answer.status < 400) return answer;
  throw new ApiRefusal(answer.status, await answer.text(), answer.header('retry-after'));
}

/** The object is not there; a namespace that is not there is another matter. */
function isGone({ status, said }: ApiRefusal): boolean {
  return status === 404 && !/^namespaces? /.test(said);
}
