// A house with a project directory in it that is deployed from the command line.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Ran } from './cli.ts';
import { cli } from './cli.ts';
import { House } from './house.ts';

export interface Project {
  readonly house: House;
  readonly directory: string;
  /** `codectl` of that house, in the project's directory. */
  run(...args: readonly string[]): Promise<Ran>;
}

/** `files`: by name, `code.yaml` among them. */
export async function deployedProject(name: string, files: Readonly<Record<string, string>>): Promise<Project> {
  const house = await House.open();
  const directory = join(house.root, name);
  const run = (...args: readonly string[]): Promise<Ran> => cli(['--home', house.home, ...args], directory);
  await mkdir(directory);
  for (const [file, content] of Object.entries(files)) await writeFile(join(directory, file), content);
  expect(await run('deploy', '--yes')).toMatchObject({ code: 0 });
  return { house, directory, run };
}
