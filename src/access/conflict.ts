// Was it a lost race (compare-and-set) and nothing worse?
import { CodeError } from '../base/errors.ts';

export function isLostRace(error: unknown): boolean {
  return error instanceof CodeError && error.code === 'write_conflict';
}
