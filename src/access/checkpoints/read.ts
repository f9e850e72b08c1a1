// Reads what was written about the audit elsewhere: checkpoints and the first line of an export, as unknown JSON until they fit.
import type { Checkpoint, ExportHead } from './statement.ts';
import { checkpointType, exportType } from './statement.ts';

const hash = /^[\da-f]{64}$/;

export function checkpointIn(value: unknown): Checkpoint | undefined {
  return isSigned(value, checkpointType) && isCount(value['number']) ? (value as unknown as Checkpoint) : undefined;
}

export function exportHeadIn(value: unknown): ExportHead | undefined {
  return isSigned(value, exportType) && isCount(value['from']) ? (value as unknown as ExportHead) : undefined;
}

/** Undefined where it is no JSON. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isSigned(value: unknown, type: string): value is Record<string, unknown> {
  if (!isObject(value) || value['type'] !== type) return false;
  const texts = ['hash', 'previous'].every((name) => hash.test(String(value[name])));
  return (
    texts && ['key', 'signature'].every((name) => typeof value[name] === 'string') && isCount(value['sequence']) && isCount(value['at'])
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
