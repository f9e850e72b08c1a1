// wrk as load generator: closed loop over kept connections, and what it prints read back.
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import { environment, run } from '../contenders/contender.ts';
import { onCore } from './proxy.ts';

export interface WrkResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: Duration;
  readonly p99: Duration;
  /** Broken connections, timeouts, and answers other than 2xx and 3xx. */
  readonly failed: number;
}

export interface WrkLoad {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Not kept to its core. */
  readonly anywhere?: boolean;
}

/** Errors: `internal` when it fails or prints something else. */
export async function runWrk(
  { url, connections, seconds, anywhere = false }: WrkLoad,
  cwd: string,
  signal: AbortSignal,
): Promise<WrkResult> {
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency', url];
  const command = ['wrk', ...options] as const;
  return parseWrk(await run(anywhere ? command : onCore(1, command), { cwd, env: environment() }, signal));
}

export function parseWrk(text: string): WrkResult {
  const requests = Number(/(\d+) requests in /.exec(text)?.[1]);
  const perSecond = Number(/^Requests\/sec:\s+([\d.]+)$/m.exec(text)?.[1]);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1).map(Number) ?? [];
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  const result = {
    requests,
    perSecond,
    p50: quantileIn(text, 50),
    p99: quantileIn(text, 99),
    failed: errors.reduce((sum, one) => sum + one, refused),
  };
  if (Object.values(result).some(Number.isNaN))
    throw new CodeError('internal', `wrk printed something else than expected: ${text.slice(0, 500)}`);
  return result;
}

const inMilliseconds: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

function quantileIn(text: string, percent: number): Duration {
  const [, amount, unit = ''] = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m) *$`, 'm').exec(text) ?? [];
  return Number(amount) * (inMilliseconds[unit] ?? Number.NaN);
}
