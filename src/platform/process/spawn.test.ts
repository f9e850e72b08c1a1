// Detached programs: identity, output files, and the guard against used-again pids, with real processes.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf, isAlive, parseIdentity } from './identity.ts';
import { signalGroup, signalProcess } from './signal.ts';
import type { DetachedProcess } from './spawn.ts';
import { spawnDetached } from './spawn.ts';

let directory = '';
const started: DetachedProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'code-spawn-'));
});

afterEach(async () => {
  for (const { identity, exited } of started.splice(0)) {
    if (identity) signalGroup(identity, 'SIGKILL');
    await exited;
  }
  await rm(directory, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<DetachedProcess> {
  const files = { stdout: join(directory, 'out.log'), stderr: join(directory, 'err.log') };
  const one = await spawnDetached({ command: process.execPath, args, cwd: directory, env: { NAME: 'value' }, ...files });
  started.push(one);
  return one;
}

describe('spawnDetached', () => {
  it('appends output to files, gives exactly the environment, and reports the exit', async () => {
    await writeFile(join(directory, 'out.log'), 'before\n');
    const one = await run('-e', 'console.log(JSON.stringify(process.env)); console.error(process.cwd()); process.exit(7)');
    expect(await one.exited).toEqual({ code: 7, signal: null });
    expect(await readFile(join(directory, 'out.log'), 'utf8')).toBe('before\n{"NAME":"value"}\n');
    expect(await readFile(join(directory, 'err.log'), 'utf8')).toBe(`${directory}\n`);
  });

  it('starts nothing with words that would arrive as others', async () => {
    await expect(run('-e', 'a\0b')).rejects.toMatchObject({ code: 'input_invalid', message: expect.stringContaining('NUL character') });
    await expect(run('-e', 'x'.repeat(131_072))).rejects.toMatchObject({ code: 'input_invalid' });
    expect(await (await run('-e', '/* ü */')).exited).toEqual({ code: 0, signal: null });
  });

  it('leads a session and group of its own', async () => {
    const one = await run('-e', 'setInterval(() => {}, 1000)');
    expect(one.identity).toEqual(identityOf(one.pid));
    expect(one.identity && isAlive(one.identity)).toBe(true);
    expect(one.identity && signalGroup(one.identity, 'SIGKILL')).toBe(true);
    expect(await one.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(one.identity && isAlive(one.identity)).toBe(false);
    expect(one.identity && signalGroup(one.identity, 'SIGKILL')).toBe(false);
  });

  it('never signals a pid whose start time or boot is another', async () => {
    const one = await run('-e', 'setInterval(() => {}, 1000)');
    const real = one.identity;
    if (!real) throw new Error('the process ended at once');
    for (const forged of [
      { ...real, startTime: `${Number(real.startTime) - 1}` },
      { ...real, bootId: 'another boot' },
    ]) {
      expect(isAlive(forged)).toBe(false);
      expect(signalGroup(forged, 'SIGKILL')).toBe(false);
      expect(signalProcess(forged, 'SIGKILL')).toBe(false);
    }
    expect(isAlive(real)).toBe(true);
  });

  it('names a command that does not exist', async () => {
    const files = { stdout: join(directory, 'o'), stderr: join(directory, 'o') };
    const attempt = spawnDetached({ command: '/nowhere/to/be/found', args: [], cwd: directory, env: {}, ...files });
    await expect(attempt).rejects.toMatchObject({ code: 'source_missing', message: expect.stringContaining('/nowhere/to/be/found') });
  });

  it('names output that cannot be written', async () => {
    const attempt = spawnDetached({ command: 'true', args: [], cwd: directory, env: {}, stdout: '/proc/none', stderr: '/proc/none' });
    await expect(attempt).rejects.toThrow('/proc/none');
  });
});

describe('parseIdentity', () => {
  it('reads back what was kept and refuses the rest', () => {
    const identity = { pid: 12, startTime: '34', bootId: 'b' };
    expect(parseIdentity(JSON.parse(JSON.stringify(identity)))).toEqual(identity);
    for (const wrong of [undefined, null, 'x', {}, { ...identity, pid: -1 }, { ...identity, pid: '12' }, { ...identity, startTime: 34 }])
      expect(parseIdentity(wrong)).toBeUndefined();
  });
});
