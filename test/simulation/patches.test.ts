// Faults planted on purpose: each patch is a plausible mistake, and the simulation must find it, or its rules are too weak.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'test/simulation/patches');
const patches = (await readdir(folder)).filter((one) => one.endsWith('.patch'));
/** Counted from the seed in the patch's head, which is the one that last found it; other changes move histories a little. */
const seedsTried = 150;
/** In milliseconds; all of them run at the same time, and a loaded machine takes many times as long as a quiet one. */
const slowest = 900_000;

let workshop: string;
beforeAll(async () => {
  workshop = await mkdtemp(join(tmpdir(), 'codectl-planted-'));
});
afterAll(() => rm(workshop, { recursive: true, force: true }));

/** The sources and the simulation, apart from the house, so that they can be broken. */
async function copyHouse(name: string): Promise<string> {
  const place = join(workshop, name);
  await mkdir(place);
  for (const part of ['src', 'test/kit', 'test/simulation', 'tools/simulate', 'tools/simulate.ts'])
    await cp(join(root, part), join(place, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(place, 'node_modules'));
  await writeFile(join(place, 'package.json'), '{ "type": "module" }');
  return place;
}

/** Wherever its lines stand. Refused when they are not there any more: the patch is then to be written anew. */
async function plant(place: string, patch: string): Promise<void> {
  const [, path = ''] = /^\+\+\+ b\/(.+)$/m.exec(patch) ?? [];
  const lines = patch.slice(patch.indexOf('\n@@')).trim().split('\n').slice(1);
  const having = (sign: string) => lines.flatMap((line) => (line.startsWith(' ') || line.startsWith(sign) ? [line.slice(1)] : []));
  const [before, after] = [having('-').join('\n'), having('+').join('\n')];
  const source = await readFile(join(place, path), 'utf8');
  expect(source.split(before), `${path} has the lines, once`).toHaveLength(2);
  await writeFile(
    join(place, path),
    source.replace(before, () => after),
  );
}

async function simulateIn(place: string, from: number, seeds: number): Promise<{ readonly code: number; readonly said: string }> {
  const args = ['tools/simulate.ts', '--no-shrink', '--workers', '1', '--from', String(from), '--seeds', String(seeds)];
  try {
    const { stdout } = await run(process.execPath, args, { cwd: place });
    return { code: 0, said: stdout };
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as { code: number; stdout: string; stderr: string };
    return { code, said: `${stdout}${stderr}` };
  }
}

describe('the simulation', () => {
  it('knows at least twenty planted faults', () => {
    expect(patches.length).toBeGreaterThanOrEqual(20);
  });

  it(
    'finds nothing in a copy of the house that is as it should be',
    async () => {
      expect(await simulateIn(await copyHouse('whole'), 1, 3)).toMatchObject({ code: 0 });
    },
    slowest,
  );

  it.concurrent.each(patches)(
    'finds %s',
    async (name) => {
      const head = await readFile(join(folder, name), 'utf8');
      const seed = Number(/^Seed: (\d+)$/m.exec(head)?.[1]);
      const place = await copyHouse(name);
      await plant(place, head);
      const { code, said } = await simulateIn(place, seed, seedsTried);
      expect(said).toMatch(/^seed \d+: .+$/m);
      expect(code).toBe(1);
    },
    slowest,
  );
});
