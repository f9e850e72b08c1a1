// Policies of one's own: kept as one text that is replaced whole, and only by one that parses and fits the schema.
import type { Clock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import type { Principal } from '../../model/principal.ts';
import type { Store } from '../../ports/store.ts';
import type { Language, WrittenPolicy } from './language.ts';
import { invalid } from './language.ts';
import { isTaken } from './sets.ts';

export interface OwnPolicies {
  /** Empty: there are none. */
  readonly text: string;
  /** Counts the texts that were in force. */
  readonly revision: number;
  readonly by?: string;
  readonly at?: number;
  readonly policies: readonly WrittenPolicy[];
}

export interface OwnParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly language: Language;
  readonly schema: string;
}

const key = 'policies';

/** What is stored was checked before, perhaps by another version; it must still parse. Errors: `policy_invalid`. */
export async function loadOwn({ store, language }: OwnParts): Promise<OwnPolicies> {
  const stored = await store.get('singleton', key);
  if (!stored) return { text: '', revision: 0, policies: [] };
  const { text, by, at } = stored.value;
  if (typeof text !== 'string' || typeof by !== 'string' || typeof at !== 'number')
    throw new CodeError('store_corrupt', 'The stored policies are not as they were written.');
  return { text, by, at, revision: stored.version, policies: named(language, text) };
}

/** Checks a text and takes it apart. `file`: its name, for messages. Errors: `policy_invalid`, with every problem and its line. */
export async function checkOwn(
  { language, schema }: Pick<OwnParts, 'language' | 'schema'>,
  text: string,
  file: string,
): Promise<readonly WrittenPolicy[]> {
  const problems = await language.problemsOf(text, schema);
  if (problems.length > 0) throw invalid(problems, file);
  const policies = named(language, text);
  const ids = policies.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalid([{ message: `Two policies have the id ${JSON.stringify(twice)}.` }], file);
  const taken = ids.find((id, index) => isTaken(id) && id !== nameOf(index));
  if (taken !== undefined)
    throw invalid([{ message: `${JSON.stringify(taken)} is the id of a policy of the engine; choose another.` }], file);
  return policies;
}

/**
 * Puts them in force, durably, in place of those before, which need not be readable any more. Errors: `policy_invalid`, and `write_conflict` where
 * somebody was faster.
 */
export async function storeOwn(parts: OwnParts, text: string, file: string, by: Principal): Promise<OwnPolicies> {
  const revision = (await parts.store.get('singleton', key))?.version ?? 0;
  const policies = await checkOwn(parts, text, file);
  const at = parts.clock.now();
  const told = `${by.id} put ${policies.length} ${policies.length === 1 ? 'policy' : 'policies'} in force`;
  await parts.store.commit([
    { op: 'put', kind: 'singleton', key, value: { text, by: by.id, at }, expect: revision },
    { op: 'append', event: { at, kind: 'policy.changed', message: told } },
  ]);
  return { text, by: by.id, at, revision: revision + 1, policies };
}

function named(language: Language, text: string): readonly WrittenPolicy[] {
  return language.split(text, nameOf);
}

function nameOf(index: number): string {
  return `own.${index + 1}`;
}
