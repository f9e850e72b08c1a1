// Output that comes faster than it is rotated: the disk it takes is bounded, and readers go on with what is kept.
import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LogReader } from '../../src/adapters/runtimes/process/look/reader.ts';
import { rotate } from '../../src/platform/process/rotate.ts';

const line = (n: number) => `${String(n).padEnd(99, '.')}\n`;
const linesFrom = (from: number, count: number) => Array.from({ length: count }, (_, i) => line(from + i)).join('');

async function aFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'code-output-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'out.log');
}

async function onDisk(path: string): Promise<number> {
  const names = await readdir(join(path, '..'));
  const sizes = await Promise.all(names.map((name) => stat(join(path, '..', name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

function readAll(reader: LogReader): string[] {
  const lines: string[] = [];
  for (let next = reader.read(); next.more; next = reader.read()) lines.push(...next.lines);
  return lines;
}

test('M8 a burst is cut to its end, and says how much was dropped', async () => {
  const path = await aFile();
  await appendFile(path, linesFrom(0, 50_000));
  expect(await rotate(path, { bytes: 100_000, keep: 3 })).toBe(true);
  expect(await onDisk(path)).toBeLessThan(110_000);
  const lines = readAll(new LogReader(path));
  expect(lines[0]).toMatch(/4\.7Mi of output/);
  expect(Number.parseInt(lines.at(-1) ?? '', 10)).toBe(49_999);
  expect(await readdir(join(path, '..'))).toHaveLength(2);
});

test('M8 many bursts stay within the total', async () => {
  const path = await aFile();
  for (let burst = 0; burst < 6; burst += 1) {
    await appendFile(path, linesFrom(burst * 3_900, 3_900));
    await rotate(path, { bytes: 100_000, keep: 3 });
    expect(await onDisk(path)).toBeLessThan(800_000);
  }
  expect(Number.parseInt(readAll(new LogReader(path)).at(-1) ?? '', 10)).toBe(6 * 3_900 - 1);
});

test('M8 a follower goes on behind the gap, and hears nothing twice', async () => {
  const path = await aFile();
  await appendFile(path, linesFrom(0, 100));
  const reader = new LogReader(path);
  expect(readAll(reader)).toHaveLength(100);
  await appendFile(path, linesFrom(100, 50_000));
  await rotate(path, { bytes: 100_000, keep: 3 });
  await appendFile(path, linesFrom(50_100, 10));
  const heard = readAll(reader);
  const numbers = heard.flatMap((text) => (/^\d+\.*$/.test(text) && text.length === 99 ? [Number.parseInt(text, 10)] : []));
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 50_110 - numbers.length + i));
  expect(numbers.length).toBeGreaterThan(900);
  expect(heard[0]).toMatch(/of output/);
});
