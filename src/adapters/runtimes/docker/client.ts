// The Docker Engine's API as this driver uses it: versioned paths, JSON, and errors that say what to do next.
import type { z } from 'zod';
import { CodeError, systemErrorCode } from '../../../base/errors.ts';
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

export class EngineClient {
  readonly #target: LinkTarget;
  /** For messages: the socket's path, or `tcp://HOST:PORT`. */
  readonly where: string;
  #version: string | undefined;

  constructor(target: LinkTarget) {
    this.#target = target;
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

  /** Errors: `EngineRefusal` for a status of 400 or more; `runtime_unavailable` when it cannot be reached. */
  async stream(request: LinkRequest, signal: AbortSignal): Promise<LinkAnswer> {
    const version = (this.#version ??= await this.#agree(signal));
    const answer = await this.#ask({ ...request, path: `/v${version}${request.path}` }, signal);
    if (answer.status < 400) return answer;
    throw new EngineRefusal(answer.status, reasonIn(await this.#read(answer, signal)));
  }

  async json<T>(shape: z.ZodType<T>, request: LinkRequest, signal: AbortSignal): Promise<T> {
    const answer = await this.stream(request, signal);
    const text = await this.#read(answer, signal);
    const parsed = shape.safeParse(jsonIn(text));
    if (parsed.success) return parsed.data;
    throw new CodeError('runtime_unavailable', `${this.where} does not answer ${request.path} as a Docker Engine does.`, {
      hint: 'Check docker_host in the settings, and that the Engine is 19.03 or newer (codectl doctor).',
      cause: parsed.error,
    });
  }

  /** For calls whose answer says nothing but that it was done. */
  async run(request: LinkRequest, signal: AbortSignal): Promise<void> {
    await this.#read(await this.stream(request, signal), signal);
  }

  /** The highest version that both know; asked again after every break, for an Engine that comes back may be another. */
  async #agree(signal: AbortSignal): Promise<string> {
    const answer = await this.#ask({ method: 'GET', path: '/_ping' }, signal);
    answer.close();
    const theirs = answer.header('api-version');
    return theirs !== undefined && older(theirs, newest) ? theirs : newest;
  }

  async #ask(request: LinkRequest, signal: AbortSignal): Promise<LinkAnswer> {
    try {
      return await ask(this.#target, request, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      this.#version = undefined;
      throw unreachable(this.where, thrown);
    }
  }

  async #read(answer: LinkAnswer, signal: AbortSignal): Promise<string> {
    try {
      return await answer.text();
    } catch (thrown) {
      signal.throwIfAborted();
      throw unreachable(this.where, thrown);
    }
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

function unreachable(where: string, thrown: unknown): CodeError {
  const code = systemErrorCode(thrown);
  const [message, hint] = explained(where, code, thrown);
  return new CodeError('runtime_unavailable', message, { hint, details: { where, code }, cause: thrown });
}

function explained(where: string, code: string | undefined, thrown: unknown): readonly [string, string] {
  if (code === 'ENOENT')
    return [`No Docker Engine: ${where} does not exist.`, 'Start the Docker Engine, or set docker_host: codectl settings show.'];
  if (code === 'EACCES' || code === 'EPERM')
    return [
      `The daemon may not use ${where}.`,
      'Add its user to the group that owns the socket (usually docker) and start it again: codectl down, codectl up.',
    ];
  if (code === 'ECONNREFUSED')
    return [`No Docker Engine answers at ${where}.`, 'Start the Docker Engine; what it ran is taken up again by itself.'];
  const said = code ?? (thrown instanceof Error ? thrown.message : String(thrown));
  return [`The connection to the Docker Engine at ${where} broke (${said}).`, 'Look whether the Engine runs: codectl doctor.'];
}

function jsonIn(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonIn(text: string): string {
  const value = jsonIn(text);
  const said = typeof value === 'object' && value !== null && 'message' in value ? value.message : undefined;
  return typeof said === 'string' ? said : text.trim().slice(0, 500) || 'nothing more';
}
