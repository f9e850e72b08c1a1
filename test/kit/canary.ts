// Known values, each in every form in which a program may print it, and where of those something is found.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

export interface Found {
  readonly where: string;
  readonly name: string;
}

interface Form {
  readonly name: string;
  readonly form: string;
}

export function formsOf(values: Readonly<Record<string, string>>): readonly Form[] {
  return Object.entries(values).flatMap(([name, value]) => spellings(value).map((form) => ({ name, form })));
}

function spellings(value: string): readonly string[] {
  const base64 = Buffer.from(value).toString('base64');
  return [
    ...value.split('\n').filter(Boolean),
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    base64,
    Buffer.from(`x:${value}`).toString('base64').slice(4, 20),
  ];
}

export function search(forbidden: readonly Form[], where: string, text: string, found: Found[]): void {
  for (const { name, form } of forbidden) if (text.includes(form)) found.push({ where, name });
}

/** Everything in a home but what instances wrote to their own files; returns how many files that were. */
export async function searchHome(forbidden: readonly Form[], home: string, found: Found[]): Promise<number> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const kept = files.filter((file) => !/(?:^|\/)(?:out|err|stdout|stderr)[^/]*$/.test(file));
  for (const file of kept) search(forbidden, relative(home, file), (await readFile(file)).toString('utf8'), found);
  return kept.length;
}
