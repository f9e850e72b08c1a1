// The Docker Engine's API as this driver uses it: versioned paths, JSON, and errors that say what to do next.
import type { z } from 'zod';
import { CodeError, systemErrorCode } from '../../../base/errors.ts';
import { jsonIn } from '../../../base/json.ts';
import type { Duration } from '../../../base/units.ts';
import { formatDuration } from '../../../base/units.ts';
import type { LinkAnswer, LinkRequest, LinkTarget } from '../../../platform/http/link.ts';
import { ask } from '../../../platform/http/link.ts';

/** The newest version of the API that this driver was written for; an older Engine is asked in its own. */
const newest = '1.44';

/** The Engine answered, and refused. `status` and `reason` are its own. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(`the Docker Engine answered ${status}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

export interface EngineRequest extends LinkRequest {
  /** Its answer comes when something happens, a registry answers or a work without measure is done: whoever asks says how long is too long. */
  readonly unhurried?: boolean;
}

/** How long an answer may take: to a question, and to a wish that costs the Engine's disk its time. */
export interface EnginePatience {
  readonly look: Duration;
  readonly act: Duration;
}

export class EngineClient {
  readonly #target: LinkTarget;
  readonly #patience: EnginePatience;
  /** For messages: the socket's path, or `tcp://HOST:PORT`. */
  readonly where: string;
  #version: string | undefined;
  #buildKit = false;
  /** It left a question without an answer, and was not heard since. */
  #silent = false;
  #listening = false;

  constructor(target: LinkTarget, patience: EnginePatience = { look: 15_000, act: 60_000 }) {
    this.#target = target;
    this.#patience = patience;
    this.where = target.kind === 'socket' ? target.path : `tcp://${target.host}:${target.port}`;
  }

  /** Whether its processes are this machine's, as far as that can be told. */
  get local(): boolean {
    return this.#target.kind === 'socket';
  }

  /** The machine where ports are published. */
  get host(): string {
    return this.#target.kind === 'socket' ? '127.0.0.1' : this.#target.host;
  }

  /** Errors: `EngineRefusal` for a status of 400 or more; `runtime_unavailable` when it cannot be reached or does not answer. */
  async stream(request: EngineRequest, signal: AbortSignal): Promise<LinkAnswer> {
    const version = (this.#version ??= await this.#agree(signal));
    const answer = await this.#ask({ ...request, path: `/v${version}${request.path}` }, signal);
    if (answer.status < 400) return answer;
    throw new EngineRefusal(answer.status, reasonIn(await this.#read(answer, { ...request, unhurried: false }, signal)));
  }

  /** Whether it builds by BuildKit if nobody says otherwise. Errors: as `stream`. */
  async prefersBuildKit(signal: AbortSignal): Promise<boolean> {
    this.#version ??= await this.#agree(signal);
    return this.#buildKit;
  }

  async json<T>(shape: z.ZodType<T>, request: EngineRequest, signal: AbortSignal): Promise<T> {
    const answer = await this.stream(request, signal);
    const text = await this.#read(answer, request, signal);
    const parsed = shape.safeParse(jsonIn(text));
    if (parsed.success) return parsed.data;
    throw new CodeError('runtime_unavailable', `${this.where} does not answer ${request.path} as a Docker Engine does.`, {
      hint: 'Check docker_host in the settings, and that the Engine is 19.03 or newer (codectl doctor).',
      cause: parsed.error,
    });
  }

  /** For calls whose answer says nothing but that it was done. */
  async run(request: EngineRequest, signal: AbortSignal): Promise<void> {
    await this.#read(await this.stream(request, signal), request, signal);
  }

  /**
   * The highest version that both know; asked again after every break, for an Engine that comes back may be another. Of one that is silent
   * everybody is told at once, and it is listened for beside them: its silence must not hold up what has nothing to do with it.
   */
  async #agree(signal: AbortSignal): Promise<string> {
    if (!this.#silent) return this.#ping(signal);
    void this.#listen();
    throw silence(this.where, this.#patience.look);
  }

  async #listen(): Promise<void> {
    if (this.#listening) return;
    this.#listening = true;
    await this.#ping(new AbortController().signal).then(
      (version) => (this.#version = version),
      () => undefined,
    );
    this.#listening = false;
  }

  async #ping(signal: AbortSignal): Promise<string> {
    const answer = await this.#ask({ method: 'GET', path: '/_ping' }, signal);
    answer.close();
    if (answer.status === 400) throw unspoken(this.where);
    this.#buildKit = answer.header('builder-version') === '2';
    const theirs = answer.header('api-version');
    return theirs !== undefined && older(theirs, newest) ? theirs : newest;
  }

  async #ask(request: EngineRequest, signal: AbortSignal): Promise<LinkAnswer> {
    const late = new AbortController();
    const most = this.#patienceFor(request);
    const alarm = most === undefined ? undefined : setTimeout(() => late.abort(), most);
    try {
      const answer = await ask(this.#target, request, AbortSignal.any([signal, late.signal]));
      this.#silent = false;
      return answer;
    } catch (thrown) {
      signal.throwIfAborted();
      this.#version = undefined;
      this.#silent = late.signal.aborted;
      throw late.signal.aborted ? silence(this.where, most) : unreachable(this.where, thrown);
    } finally {
      clearTimeout(alarm);
    }
  }

  async #read(answer: LinkAnswer, request: EngineRequest, signal: AbortSignal): Promise<string> {
    let late = false;
    const most = this.#patienceFor(request);
    const giveUp = (): void => {
      late = true;
      answer.close();
    };
    const alarm = most === undefined ? undefined : setTimeout(giveUp, most);
    try {
      return await answer.text();
    } catch (thrown) {
      signal.throwIfAborted();
      throw late ? silence(this.where, most) : unreachable(this.where, thrown);
    } finally {
      clearTimeout(alarm);
    }
  }

  #patienceFor({ method, unhurried }: EngineRequest): Duration | undefined {
    if (unhurried === true) return undefined;
    return method === 'GET' || method === 'HEAD' ? this.#patience.look : this.#patience.act;
  }
}

/** Whether the Engine refused with this status. */
export function refusedWith(thrown: unknown, ...statuses: readonly number[]): thrown is EngineRefusal {
  return thrown instanceof EngineRefusal && statuses.includes(thrown.status);
}

/** Versions are MAJOR.MINOR. */
function older(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

function silence(where: string, waited: Duration = 0): CodeError {
  return new CodeError(
    'runtime_unavailable',
    `The Docker Engine at ${where} takes calls and does not answer (${formatDuration(waited)}).`,
    {
      hint: 'Look at its log, or start it again (systemctl restart docker); docker_host in the settings says which Engine is meant.',
      details: { where },
    },
  );
}

/** A server that wants TLS takes what comes without it for no HTTP. */
function unspoken(where: string): CodeError {
  return new CodeError('runtime_unavailable', `What answers at ${where} does not take requests without TLS.`, {
    hint: 'Set docker_tls to a directory with ca.pem, cert.pem and key.pem, or check docker_host.',
    details: { where },
  });
}

function unreachable(where: string, thrown: unknown): CodeError {
  const code = systemErrorCode(thrown);
  const [message, hint] = explained(where, code, thrown);
  return new CodeError('runtime_unavailable', message, { hint, details: { where, code }, cause: thrown });
}

function explained(where: string, code: string | undefined, thrown: unknown): readonly [string, string] {
  if (code === 'ENOENT')
    return [
      `No Docker Engine: ${where} does not exist.`,
      'Start the Docker Engine, or name another: codectl down, then codectl up --set docker_host=unix:///PATH.',
    ];
  if (code === 'EACCES' || code === 'EPERM')
    return [
      `The daemon may not use ${where}.`,
      'Add its user to the group that owns the socket (usually docker) and start it again: codectl down, codectl up.',
    ];
  if (code !== undefined && /^(?:ERR_SSL|ERR_TLS|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/.test(code))
    return [
      `The Docker Engine at ${where} and the daemon do not accept each other's certificates (${code}).`,
      'Let docker_tls name a directory with the ca.pem of this Engine, and a cert.pem and key.pem that it knows.',
    ];
  if (code === 'ECONNREFUSED')
    return [`No Docker Engine answers at ${where}.`, 'Start the Docker Engine; what it ran is taken up again by itself.'];
  const said = code ?? (thrown instanceof Error ? thrown.message : String(thrown));
  return [`The connection to the Docker Engine at ${where} broke (${said}).`, 'Look whether the Engine runs: codectl doctor.'];
}

function reasonIn(text: string): string {
  const value = jsonIn(text);
  const said = typeof value === 'object' && value !== null && 'message' in value ? value.message : undefined;
  return typeof said === 'string' ? said : text.trim().slice(0, 500) || 'nothing more';
}
