// Reading /proc: hostile command names, and facts of this very process.
import { describe, expect, it } from 'vitest';
import { environmentOf, listPids, parseStat, readStat, residentBytes } from './proc.ts';

describe('reading /proc', () => {
  it('counts fields from the last parenthesis, whatever the command is called', () => {
    const rest = 'S 7 42 41 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 987654 1000 50';
    expect(parseStat(43, `43 (a) R 1 (b) ${rest}`)).toEqual({
      pid: 43,
      state: 'S',
      parent: 7,
      group: 42,
      session: 41,
      startTime: '987654',
      ownTicks: 30,
      childTicks: 70,
    });
    expect(parseStat(43, '')).toBeUndefined();
  });

  it.skipIf(process.platform !== 'linux')('knows this process', () => {
    expect(readStat(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid });
    expect(listPids()).toContain(process.pid);
    expect(residentBytes(process.pid)).toBeGreaterThan(1_000_000);
    expect(environmentOf(process.pid)).toHaveProperty('PATH');
    expect(environmentOf(process.pid, ['PATH', 'NO_SUCH_NAME'])).toEqual({ PATH: environmentOf(process.pid)?.['PATH'] });
    expect(environmentOf(process.pid, ['NO_SUCH_NAME'])).toEqual({});
  });

  it('has nothing to say of a process that is not there', () => {
    expect(readStat(2 ** 30)).toBeUndefined();
    expect(environmentOf(2 ** 30)).toBeUndefined();
    expect(residentBytes(2 ** 30)).toBe(0);
  });
});
