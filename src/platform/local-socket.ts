// Unix sockets of one engine: where they are, who may connect, and HTTP requests over them.
import { chmod, lstat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, shortDigest } from '../base/digest.ts';
import { CodeError } from '../base/errors.ts';
import type { Duration } from '../base/units.ts';
import { ensureDirectory } from './files.ts';
import { request } from './node-http.ts';

/** The kernel's limit for a socket's path is 108 bytes with its end on Linux, 104 elsewhere. */
const longestPath = 103;

/**
 * Where the socket `name` of a directory is: in it, or, where that path is too long for the kernel, in a private directory of this user
 * for temporary files, under a name that follows from the directory. Both sides ask here and get the same answer.
 * Errors: `home_unwritable` when the private directory belongs to somebody else.
 */
export async function localSocketPath(directory: string, name: string): Promise<string> {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= longestPath) return path;
  const user = process.getuid?.() ?? 0;
  const shelter = join(tmpdir(), `codectl-${user}`);
  await ensureDirectory(shelter, 0o700);
  const found = await lstat(shelter);
  if (!found.isDirectory() || found.uid !== user || (found.mode & 0o077) !== 0)
    throw new CodeError('home_unwritable', `${shelter} must be a directory that only you can enter; it is not.`, {
      hint: `Remove ${shelter}, or choose a shorter --home.`,
      details: { path: shelter },
    });
  return join(shelter, `${shortDigest(digestOf(directory))}-${name}`);
}

/** Only its owner may connect. */
export async function protectSocket(path: string): Promise<void> {
  await chmod(path, 0o600);
}

export interface LocalRequest {
  readonly socketPath: string;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

export interface LocalResponse {
  readonly status: number;
  readonly text: string;
}

/** One HTTP request over a unix socket, on a connection of its own. Rejects with the system's error, or the signal's reason. */
export function localRequest(ask: LocalRequest): Promise<LocalResponse> {
  return new Promise((resolve, reject) => {
    const { socketPath, method, path, signal } = ask;
    const headers = ask.body === undefined ? {} : { 'content-type': 'application/json' };
    const call = request({ socketPath, method, path, agent: false, headers, signal }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }));
    });
    call.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    call.end(ask.body === undefined ? undefined : JSON.stringify(ask.body));
  });
}

/** Whether something answers `GET path` with 200 within the time. Never rejects. */
export function answersOnSocket(socketPath: string, path: string, within: Duration, signal: AbortSignal): Promise<boolean> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(within)]);
  return localRequest({ socketPath, method: 'GET', path, signal: bounded }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Asks for a response that never ends, and resolves when it does – which is when the other side dies – or when there is none. Never rejects. `said` hears its text. */
export function untilGone(socketPath: string, path: string, signal: AbortSignal, said?: (text: string) => void): Promise<void> {
  return new Promise((resolve) => {
    const call = request({ socketPath, path, agent: false, signal }, (response) => {
      response.on('error', () => resolve());
      response.on('close', () => resolve());
      response.setEncoding('utf8');
      response.on('data', (text: string) => said?.(text));
    });
    call.on('error', () => resolve());
    call.end();
  });
}
