// SQLite's result codes in the words of the house: each names the file and what to do next.
import type { ErrorCode } from '../../../base/errors.ts';
import { CodeError } from '../../../base/errors.ts';

interface Fault {
  readonly code: ErrorCode;
  readonly because: string;
  readonly hint: string;
}

const freeSpace = 'Free space on its file system, then try again; what was committed before is safe.';
const another = 'Another process is writing to it; wait for it to end or see `codectl status`, then try again.';
const rights = 'Give this user the right to write there, or choose another directory with --home.';

/** Primary result codes (https://www.sqlite.org/rescode.html); what is missing here is a defect of ours. */
const faults: Readonly<Record<number, Fault>> = {
  5: { code: 'store_unavailable', because: 'is locked', hint: another },
  6: { code: 'store_unavailable', because: 'is locked', hint: another },
  8: { code: 'home_unwritable', because: 'may not be written', hint: rights },
  10: {
    code: 'store_unavailable',
    because: 'cannot be read or written by its disk',
    hint: 'Look at the disk and at `dmesg`, then try again.',
  },
  13: { code: 'disk_full', because: 'cannot grow: no space is left', hint: freeSpace },
  14: { code: 'home_unwritable', because: 'cannot be opened', hint: rights },
  15: { code: 'store_unavailable', because: 'uses a lock that its file system does not offer', hint: 'Keep --home on a local disk.' },
};

const corruption: ReadonlySet<number> = new Set([11, 26]);
/** `SQLITE_IOERR` while the shared index of the log was made larger: what a full disk looks like there. */
const sharedMemorySize = 10 | (19 << 8);

/** Translates what `node:sqlite` threw about a file; errors that are already ours, or defects, are returned as they came. */
export function storeFault(thrown: unknown, file: string): unknown {
  const result = resultCode(thrown);
  if (result === undefined) return isClosed(thrown) ? closed(file, thrown) : thrown;
  if (corruption.has(result & 0xff)) return corrupt(file, String(thrown instanceof Error ? thrown.message : thrown), thrown);
  const fault = faults[result === sharedMemorySize ? 13 : result & 0xff];
  if (!fault) return thrown;
  return new CodeError(fault.code, `The store ${file} ${fault.because}.`, {
    hint: fault.hint,
    details: { file, sqlite: result },
    cause: thrown,
  });
}

/** Never repairs and never deletes: what is left of the file is evidence, and may be all that there is. */
export function corrupt(file: string, problem: string, cause?: unknown): CodeError {
  return new CodeError('store_corrupt', `The store ${file} is damaged: ${problem}.`, {
    hint: 'Keep a copy of its directory, then bring back a backup with `codectl backup restore`.',
    details: { file, problem },
    cause,
  });
}

function closed(file: string, cause: unknown): CodeError {
  return new CodeError('store_unavailable', `The store ${file} is closed.`, { details: { file }, cause });
}

function isClosed(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_INVALID_STATE';
}

/** SQLite's extended result code of what `node:sqlite` threw. */
export function resultCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined;
  return typeof thrown.errcode === 'number' ? thrown.errcode : undefined;
}
