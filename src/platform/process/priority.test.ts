// Stepping back and coming forward again, on a process of our own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, it } from 'vitest';
import { mayRaise, nice, setNice } from './priority.ts';

it.runIf(mayRaise())('sets every thread of a process, and its session where it leads one', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e6)'], { detached: true });
  try {
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    const threads = () => [...new Set(readdirSync(`/proc/${pid}/task`).map((thread) => getPriority(Number(thread))))];
    expect(readdirSync(`/proc/${pid}/task`).length).toBeGreaterThan(1);
    for (const value of [nice.starting, nice.usual, nice.serving]) {
      setNice(pid, value);
      expect(threads()).toEqual([value]);
      expect(sessionNice(pid) ?? value).toBe(value);
    }
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

it.runIf(mayRaise())('steps back, and never forward', async () => {
  const text = `import { getPriority, setPriority } from 'node:os';
import { stepBack } from ${JSON.stringify(new URL('priority.ts', import.meta.url).href)};
setPriority(${nice.usual});
stepBack();
const back = getPriority();
setPriority(${nice.starting});
stepBack();
console.log(back, getPriority());`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout, 'data');
  expect(String(said).trim()).toBe(`${nice.planning} ${nice.starting}`);
});

it('says nothing of a process that is gone', () => {
  setNice(2 ** 22 + 1, nice.usual);
});

/** Undefined where sessions do not share the processor. */
function sessionNice(pid: number): number | undefined {
  try {
    const value = /nice (-?\d+)/.exec(readFileSync(`/proc/${pid}/autogroup`, 'utf8'))?.[1];
    return value === undefined ? undefined : Number(value);
  } catch {
    return undefined;
  }
}
