// Words that came from outside: members of answers that hold what programs printed, or what strangers wrote.
import type { Operation } from './operation.ts';

/** Wherever it stands, it is the end of what a program printed. */
const everywhere = 'last_log';

/** Names of members, at any depth. */
export function outsideWords({ untrusted = [] }: Pick<Operation, 'untrusted'>): ReadonlySet<string> {
  return new Set([everywhere, ...untrusted]);
}

/** Whether there are such words in it; a member that is there and empty holds none. */
export function holdsWords(value: unknown, names: ReadonlySet<string>): boolean {
  if (Array.isArray(value)) return value.some((one) => holdsWords(one, names));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, one]) => (names.has(name) && !isEmpty(one)) || holdsWords(one, names));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
