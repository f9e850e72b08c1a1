// Faults planted on purpose: each patch is a plausible mistake, and the simulation must find it, or its rules are too weak.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
  await writeFile(join(place, 'package.json'), '{ "type": "module" }');
  return place;
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
  it('knows at least ten planted faults', () => {
    expect(patches.length).toBeGreaterThanOrEqual(10);
  });

  it('finds nothing in a copy of the house that is as it should be', async () => {
    expect(await simulateIn(await copyHouse('whole'), 1, 3)).toMatchObject({ code: 0 });
  });

  it.concurrent.each(patches)('finds %s', async (name) => {
    const head = await readFile(join(folder, name), 'utf8');
    const seed = Number(/^Seed: (\d+)$/m.exec(head)?.[1]);
    const place = await copyHouse(name);
    // Refused when the code it breaks has changed: the patch is then to be written anew.
    await run('git', ['apply', join(folder, name)], { cwd: place });
    const { code, said } = await simulateIn(place, seed, seedsTried);
    expect(said).toMatch(/^seed \d+: .+$/m);
    expect(code).toBe(1);
  }, 60_000);
});
