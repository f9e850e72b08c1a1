// What runs the application in a trial: ours or a peer, each started, told and ended by its own commands.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../base/clock.ts';
import { CodeError } from '../../../base/errors.ts';
import { randomText } from '../../../base/ids.ts';
import { ensureDirectory } from '../../../platform/files.ts';
import { runPiped } from '../../../platform/process/run.ts';
import type { Target } from '../../load/traffic.ts';

export interface Contender {
  readonly name: string;
  /** Where its users ask. */
  readonly target: Target;
  /** Puts a version where its command will look for it; that is not a part of a deploy. */
  prepare(version: string, signal: AbortSignal): Promise<void>;
  /** Puts a prepared version of the application in force by its own command; resolves when the command says that it is done. */
  deploy(version: string, signal: AbortSignal): Promise<void>;
  /** How many instances new requests may go to, where that can be asked. */
  routed?(signal: AbortSignal): Promise<number>;
  /** The process of this machine that goes by that name in its answers, where that is not its number. */
  pidOf?(instance: string, signal: AbortSignal): Promise<number | undefined>;
  /** Ends everything that it started and removes its files. */
  end(): Promise<void>;
}

export interface Entrant {
  readonly name: string;
  /** Why it does not take part. */
  readonly absent?: string;
  /** Starts it with the first version of the application. */
  open(replicas: number, signal: AbortSignal): Promise<Contender>;
}

/**
 * Why a peer does not go on: what it cannot do here must not cost everybody else's figures. Throws what it was given when it was ours
 * that failed, or nobody waits any more.
 */
export function gaveUp(name: string, thrown: unknown, signal: AbortSignal): string {
  if (signal.aborted || name === own) throw thrown;
  return `gave up: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
}

/** The name of ours. */
export const own = 'codectl';

/** A directory for one trial, in the system's place for temporary files. */
export async function scratch(): Promise<string> {
  const path = join(tmpdir(), `codectl-bench-${randomText(8)}`);
  await ensureDirectory(path);
  return path;
}

export function environment(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const kept = ['PATH', 'HOME', 'LANG'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...Object.fromEntries(kept), ...more } as Readonly<Record<string, string>>;
}

/** Runs a command to its end and returns what it printed. Errors: `internal`, with its last words, when it does not end with 0. */
export async function run(
  [command, ...args]: readonly [string, ...string[]],
  where: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<string> {
  const said = { out: '', err: '' };
  for await (const piece of runPiped({ command, args, ...where }, signal)) {
    if (piece.kind === 'output') said[piece.stream] += piece.text;
    else if (piece.code !== 0)
      throw new CodeError(
        'internal',
        `${command} ${args.join(' ')} ended with ${piece.code}: ${(said.err || said.out).trim().slice(-1_000)}`,
      );
  }
  return said.out;
}

/** Looks again and again until it holds. Errors: `timed_out`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  signal: AbortSignal,
  within = 120_000,
): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new CodeError('timed_out', `The trial waited ${within / 1000}s in vain for ${what}.`);
    await systemClock.sleep(5, signal);
  }
}
