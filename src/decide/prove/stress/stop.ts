// When a trial stops by itself: limits of the host and of what is attacked, each for as long as it must be exceeded.
import type { Bytes, Duration, Share } from '../../../base/units.ts';
import { formatBytes, formatShare, parseBytes, parseShare } from '../../../base/units.ts';

export interface StopLimits {
  /** Share of the host's processor time that is in use; above it for `patience`. Absent: not looked at, because a breaking point takes all of it. */
  readonly cpu?: Share;
  /** What must be left of the host's memory and of the disk that holds the engine's home. */
  readonly memory: Bytes;
  readonly disk: Bytes;
  /** Share of requests that fail, within the last second; above it for `patience`. */
  readonly errors: Share;
  readonly inFlight: number;
}

export const stopLimits: StopLimits = { memory: 512 * 2 ** 20, disk: 2 ** 30, errors: 0.5, inFlight: 10_000 };

/** What the host and the generator look like at one moment. */
export interface HostLook {
  /** Milliseconds, of any clock that goes on. */
  readonly at: number;
  readonly cpu?: Share;
  readonly memory?: Bytes;
  readonly disk?: Bytes;
  /** Requests since the look before. */
  readonly done?: number;
  readonly failed?: number;
  readonly inFlight?: number;
}

const patience: Duration = 5_000;

export interface StopState {
  readonly cpuSince?: number;
  readonly errorsSince?: number;
  readonly because?: string;
  /** It was the host that ran out, not what is attacked: then nothing may go on. */
  readonly host?: true;
}

/** `because` is set once a limit was exceeded, and stays. */
export function watchLimits(state: StopState, look: HostLook, limits: StopLimits): StopState {
  if (state.because !== undefined) return state;
  const scarce = exhausted(look, limits);
  if (scarce !== undefined) return { ...state, because: scarce, host: true };
  const waiting = look.inFlight ?? 0;
  if (waiting > limits.inFlight) return { ...state, because: `${waiting} requests waited for an answer` };
  const cpuSince = since(state.cpuSince, look, isBusy(look, limits));
  const errorsSince = since(state.errorsSince, look, isFailing(look, limits));
  const because = isLasting(cpuSince, look)
    ? `the host's processors were ${formatShare(look.cpu ?? 1)} in use for ${patience / 1000} s`
    : isLasting(errorsSince, look)
      ? `more than ${formatShare(limits.errors)} of the requests failed for ${patience / 1000} s`
      : undefined;
  return {
    ...(cpuSince !== undefined && { cpuSince }),
    ...(errorsSince !== undefined && { errorsSince }),
    ...(because !== undefined && { because, ...(isLasting(cpuSince, look) && { host: true as const }) }),
  };
}

function exhausted({ memory, disk }: HostLook, limits: StopLimits): string | undefined {
  if (memory !== undefined && memory < limits.memory) return `only ${formatBytes(memory)} of memory were left on the host`;
  if (disk !== undefined && disk < limits.disk) return `only ${formatBytes(disk)} were left on the disk`;
  return undefined;
}

function isBusy({ cpu }: HostLook, limits: StopLimits): boolean {
  return limits.cpu !== undefined && cpu !== undefined && cpu > limits.cpu;
}

/** Undefined: nothing ended since the look before, which says nothing new. */
function isFailing({ done = 0, failed = 0 }: HostLook, limits: StopLimits): boolean | undefined {
  return done === 0 ? undefined : failed / done > limits.errors;
}

/** Since when it is exceeded without a break. */
function since(before: number | undefined, { at }: HostLook, exceeded: boolean | undefined): number | undefined {
  if (exceeded === undefined) return before;
  return exceeded ? (before ?? at) : undefined;
}

const isLasting = (from: number | undefined, { at }: HostLook) => from !== undefined && at - from >= patience;

/** `cpu=95%`, `memory=1Gi`, `errors=20%`: undefined when it is none of these. */
export function withLimit(limits: StopLimits, text: string): StopLimits | undefined {
  const at = text.indexOf('=');
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  if (name === 'cpu' || name === 'errors') {
    const share = parseShare(value);
    return share === undefined ? undefined : { ...limits, [name]: share };
  }
  if (name === 'memory' || name === 'disk') {
    const bytes = parseBytes(value);
    return bytes === undefined ? undefined : { ...limits, [name]: bytes };
  }
  return name === 'in_flight' && /^\d{1,7}$/.test(value) ? { ...limits, inFlight: Number(value) } : undefined;
}
