// Runs a program to its end and streams what it says; ends it, with everything it started, when nobody wants to hear more.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CodeError } from '../../base/errors.ts';
import type { Bytes, Duration } from '../../base/units.ts';
import { identityOf } from './identity.ts';
import { killGroup } from './signal.ts';
import { refuseWords, spawnError } from './spawn.ts';

export interface PipedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export type PipedOutput =
  | { readonly kind: 'output'; readonly stream: 'out' | 'err'; readonly text: string }
  /** 128 + the signal's number when a signal ended it, as shells have it. */
  | { readonly kind: 'exit'; readonly code: number };

/**
 * Yields output as it comes (back-pressure reaches the program), then one `exit`. Text is UTF-8, broken bytes replaced.
 * Rejects with the signal's reason when aborted. Errors: `source_missing`, `runtime_unavailable`.
 */
export async function* runPiped({ command, args, cwd, env }: PipedCommand, signal: AbortSignal): AsyncGenerator<PipedOutput> {
  signal.throwIfAborted();
  refuseWords({ command, args, env });
  const child = spawn(command, [...args], { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(spawnError(error, command, cwd)));
    child.once('close', (code, name) => resolve(code ?? 128 + (name ? constants.signals[name] : 0)));
  });
  // Awaited below; a rejection that comes while output is still read must not count as unhandled.
  ended.catch(() => undefined);
  const end = () => {
    // Once it was collected, whoever has its pid now is a stranger; without one, the group is what it left behind.
    const collected = child.exitCode !== null || child.signalCode !== null;
    if (child.pid !== undefined && !(collected && identityOf(child.pid))) killGroup(child.pid);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    yield* merged(child.stdout, child.stderr);
    signal.throwIfAborted();
    yield { kind: 'exit', code: await ended };
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

export interface Said {
  readonly code: number;
  readonly out: string;
  /** The first 2,000 characters. */
  readonly err: string;
}

/** Errors: `too_large`, `timed_out`, `source_missing`, `runtime_unavailable`; rejects with the signal's reason. */
export async function textOf(command: PipedCommand, most: Bytes, timeout: Duration, signal: AbortSignal): Promise<Said> {
  const late = AbortSignal.timeout(timeout);
  let [out, err] = ['', ''];
  try {
    for await (const part of runPiped(command, AbortSignal.any([signal, late]))) {
      if (part.kind === 'exit') return { code: part.code, out, err };
      if (part.stream === 'out') out += part.text;
      else if (err.length < 2_000) err = `${err}${part.text}`.slice(0, 2_000);
      if (out.length > most) throw new CodeError('too_large', `${command.command} says more than ${most} characters.`);
    }
  } catch (thrown) {
    if (late.aborted && !signal.aborted)
      throw new CodeError('timed_out', `${command.command} did not end within ${timeout / 1000} s.`, { cause: thrown });
    throw thrown;
  }
  return { code: -1, out, err };
}

type Source = AsyncIterable<string> & { setEncoding(encoding: 'utf8'): unknown };

/** Whichever stream has something is heard next. */
async function* merged(stdout: Source, stderr: Source): AsyncGenerator<PipedOutput> {
  const sources = [['out', stdout] as const, ['err', stderr] as const].map(([stream, source]) => {
    source.setEncoding('utf8');
    return { stream, iterator: source[Symbol.asyncIterator]() };
  });
  type Turn = { readonly source: (typeof sources)[number]; readonly result: IteratorResult<string> };
  const ask = async (source: (typeof sources)[number]): Promise<Turn> => ({ source, result: await source.iterator.next() });
  const waiting = new Map(sources.map((source) => [source, ask(source)]));
  while (waiting.size > 0) {
    const { source, result } = await Promise.race(waiting.values());
    if (result.done) waiting.delete(source);
    else {
      waiting.set(source, ask(source));
      yield { kind: 'output', stream: source.stream, text: result.value };
    }
  }
}
