// The command around the benchmarks: what it accepts, what it refuses, and what it prints.
import { describe, expect, it } from 'vitest';
import type { Benches, BenchRequest } from '../../src/surfaces/cli/benches.ts';
import { run } from '../surfaces/cli-kit.ts';

function bench(...args: readonly string[]) {
  const asked: BenchRequest[] = [];
  const written: string[] = [];
  const benches: Benches = {
    known: [
      { name: 'speed', summary: 'How fast', parameters: { rounds: 5, rate: 200 } },
      { name: 'promises', summary: 'What holds', parameters: {}, runtimes: ['here', 'there'], ownPage: true },
    ],
    run: async (request, progress) => {
      asked.push(request);
      progress('round 1');
      return {
        report: { bench: 'speed' },
        table: { head: ['WHAT', 'MEDIAN'], rows: [['ours', '1 ms']] },
        notes: ['Read with care.'],
        unmet: request.runtimes.includes('there'),
        write: async (file, label) => {
          written.push(label === undefined ? file : `${file}: ${label}`);
          return label === undefined ? 'The section' : `The section "${label}"`;
        },
      };
    },
  };
  return run(['bench', ...args], { benches, directory: '/there' }).then((ran) => ({ ...ran, asked, written }));
}

describe('codectl bench', () => {
  it('lists what can be measured, with every parameter', async () => {
    const { code, out } = await bench();
    expect(code).toBe(0);
    expect(out).toMatch(/speed\s+How fast\s+rounds=5 rate=200/);
  });

  it('fills in defaults, shows the table and the notes, and writes where it is told', async () => {
    const { code, out, err, asked, written } = await bench('speed', '--rounds', '2', '--peers', 'p', '--write', 'page.md');
    expect({ code, asked, written }).toEqual({
      code: 0,
      asked: [{ name: 'speed', parameters: { rounds: 2, rate: 200 }, runtimes: [], peers: '/there/p' }],
      written: ['/there/page.md'],
    });
    expect(out).toMatch(/round 1\nWHAT\s+MEDIAN\nours\s+1 ms\n\nRead with care\./);
    expect(err).toContain('The section of page.md was written.');
  });

  it('writes a section of its own where a label is given', async () => {
    const { err, written } = await bench('speed', '--write', 'page.md', '--label', '50 at once');
    expect(written).toEqual(['/there/page.md: 50 at once']);
    expect(err).toContain('The section "50 at once" of page.md was written.');
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const { out } = await bench('speed', '--json');
    expect(JSON.parse(out)).toEqual({ bench: 'speed' });
  });

  it('keeps to the runtimes that are named, and ends with 13 where something promised does not hold', async () => {
    expect(await bench('promises', '--runtime', 'here')).toMatchObject({ code: 0, asked: [{ name: 'promises', runtimes: ['here'] }] });
    expect((await bench('promises', '--runtime', 'here', '--runtime', 'there')).code).toBe(13);
  });

  it.each([
    [['promises', '--runtime', 'her'], 'knows no runtime "her", did you mean "here"?'],
    [['promises', '--write', 'page.md', '--label', 'x'], 'has no sections to name'],
    [['speed', '--runtime', 'here'], 'has no runtimes to choose from'],
    [['sped'], 'There is no bench "sped", did you mean "speed"?'],
    [['speed', '--set', 'ratte=1'], 'no parameter "ratte", did you mean "rate"?'],
    [['speed', '--minutes', '1'], 'no parameter "minutes"'],
    [['speed', '--rounds', 'many'], 'rounds: "many" is not a number'],
    [['speed', '--set', 'rate'], 'rate: "" is not a number'],
    [['speed', '--write', 'page.md', '--label', 'x --> y'], 'cannot be the name of a section'],
    [['speed', '--label', 'often'], 'there is no page'],
  ])('refuses %j by usage and measures nothing', async (args, message) => {
    const { code, err, asked } = await bench(...args);
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect(err).toContain(message);
  });
});
