// What processes say: both streams, across rotations, followed to the end, whatever bytes they are made of.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogLine } from '../../src/ports/instances.ts';
import { until } from '../kit/until.ts';
import { Bench, exited, lines, never, printed } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

/** Prints a line for each byte of a pipe's worth of questions: `say N` is answered on standard input's place, a file. */
const counter = (lineCount: number, size: number) => `
  const fs = require('node:fs');
  for (let n = 0; n < ${lineCount}; n += 1) fs.writeSync(1, String(n).padEnd(${size} - 1, '.') + '\\n');
  fs.writeSync(2, 'done\\n');
  setInterval(() => {}, 1000);`;

describe('output', () => {
  it('is followed from the beginning to the end of the process, both streams', async () => {
    const driver = bench.driver();
    const program = `console.log('one'); console.error('two'); process.on('SIGTERM', () => { console.log('bye'); process.stdout.write('no line feed'); process.exit(0) }); setInterval(() => {}, 1000)`;
    const record = await driver.start(await bench.request(program), never);
    const heard: LogLine[] = [];
    const following = (async () => {
      for await (const line of driver.logs(record, { follow: true }, never)) heard.push(line);
    })();
    await until(
      () => heard.length,
      (count) => count === 2,
    );
    await driver.stop(record, 5_000, never);
    await following;
    expect(heard.map(({ stream, text }) => `${stream} ${text}`).toSorted()).toEqual(['err two', 'out bye', 'out no line feed', 'out one']);
    expect(heard.every(({ instance }) => instance === record.id)).toBe(true);
  });

  it('is no longer followed when told so', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request('console.log("up"); setInterval(() => {}, 1000)'), never);
    await printed(driver, record, 'up');
    const enough = new AbortController();
    const following = (async () => {
      for await (const { text } of driver.logs(record, { follow: true }, enough.signal)) if (text === 'up') enough.abort();
    })();
    await expect(following).rejects.toThrow();
  });

  it('begins with the last lines, of which the stream written to last has most', async () => {
    const driver = bench.driver();
    const program = `for (let n = 0; n < 1000; n += 1) console.log('out ' + n); setTimeout(() => { console.error('trace 1'); console.error('trace 2') }, 30)`;
    const record = await driver.start(await bench.request(program), never);
    await exited(driver, record);
    const tail = async (count: number) => {
      const texts: string[] = [];
      for await (const { text } of driver.logs(record, { tail: count, follow: false }, never)) texts.push(text);
      return texts;
    };
    expect(await tail(5)).toEqual(['out 997', 'out 998', 'out 999', 'trace 1', 'trace 2']);
    expect(await tail(1)).toEqual(['trace 2']);
    expect(await tail(0)).toEqual([]);
    expect(await tail(5_000)).toHaveLength(1_002);
  });

  it('survives rotation: a follower hears every line once, and old parts go', async () => {
    const driver = bench.driver({ rotate: { bytes: 200_000, keep: 2 }, lookEveryMs: 5 });
    // Whoever finds its output full waits until it was cut: nothing is written between the last read of a copy and its truncation.
    const program = `
      const fs = require('node:fs');
      let n = 0;
      const burst = () => {
        if (fs.fstatSync(1).size > 200_000) return void setTimeout(burst, 5);
        for (let i = 0; i < 500; i += 1, n += 1) fs.writeSync(1, String(n).padEnd(109, '.') + '\\n');
        if (n < 20_000) setTimeout(burst, 20); else fs.writeSync(2, 'done\\n');
      };
      burst();
      setInterval(() => {}, 1000);`;
    const record = await driver.start(await bench.request(program), never);
    const heard: number[] = [];
    const following = (async () => {
      for await (const { stream, text } of driver.logs(record, { follow: true }, never))
        if (stream === 'out') heard.push(Number.parseInt(text, 10));
    })();
    await until(
      () => lines(driver, record, 'err'),
      (seen) => seen.includes('done'),
    );
    await driver.stop(record, 0, never);
    await following;
    const lost = 20_000 - heard.length;
    expect(lost).toBeLessThan(100);
    expect(heard).toEqual([...new Set(heard)].toSorted((a, b) => a - b));
    const files = await readdir(join(bench.home, 'instances', record.id));
    expect(files.filter((name) => /^out\.log\.\d+$/.test(name))).toHaveLength(2);
    expect(bench.warnings).toEqual([]);
  });

  it('stays small however much is said', async () => {
    const driver = bench.driver({ rotate: { bytes: 100_000, keep: 3 }, lookEveryMs: 5 });
    const record = await driver.start(await bench.request(counter(50_000, 100)), never);
    await until(
      () => lines(driver, record, 'err'),
      (seen) => seen.includes('done'),
    );
    const directory = join(bench.home, 'instances', record.id);
    const current = () => stat(join(directory, 'out.log')).then(({ size }) => size);
    await until(current, (size) => size < 100_000);
    const parts = (await readdir(directory)).filter((name) => /^out\.log\.\d+$/.test(name));
    expect(parts.length).toBeLessThanOrEqual(3);
  });

  it('is cut where a line does not end, and is replaced where it is no text', async () => {
    const driver = bench.driver();
    const program = `
      const fs = require('node:fs');
      fs.writeSync(1, 'ä'.repeat(100_000) + '\\n');
      fs.writeSync(1, Buffer.from([0x61, 0xff, 0x00, 0x62, 0x0d, 0x0a]));
      fs.writeSync(1, 'end');`;
    const record = await driver.start(await bench.request(program), never);
    await exited(driver, record);
    const texts = await lines(driver, record, 'out');
    expect(texts.every((text) => Buffer.byteLength(text) <= 64 * 1024)).toBe(true);
    expect(texts.slice(0, -2).join('')).toBe('ä'.repeat(100_000));
    expect(texts.slice(-2)).toEqual(['a\uFFFD\u0000b', 'end']);
  });
});

describe('beside an instance', () => {
  it('runs a command in its directory, environment and with its exit code', async () => {
    const driver = bench.driver();
    const request = await bench.request('console.log("up"); setInterval(() => {}, 1000)', { secrets: ['KEY'] }, { KEY: 'hush' });
    const record = await driver.start(request, never);
    const heard: string[] = [];
    const script = 'console.log(process.env.KEY + " " + process.env.PORT + " " + process.cwd()); console.error("oh"); process.exit(5)';
    for await (const one of driver.exec(record, ['node', '-e', script], never))
      heard.push(one.kind === 'exit' ? `exit ${one.code}` : `${one.stream} ${one.text}`);
    expect(heard.toSorted()).toEqual(['err oh\n', 'exit 5', `out hush ${record.address?.port} ${bench.directoryOf(request)}\n`]);
  });

  it('ends the command, with what it forked, when nobody listens any more', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request('console.log("up"); setInterval(() => {}, 1000)'), never);
    await printed(driver, record, 'up');
    const before = bench.living(record.id).length;
    const stop = new AbortController();
    const run = (async () => {
      for await (const one of driver.exec(record, ['sh', '-c', 'sleep 300 & echo here; wait'], stop.signal))
        if (one.kind === 'output') stop.abort();
    })();
    await expect(run).rejects.toThrow();
    await until(
      () => bench.living(record.id).length,
      (count) => count === before,
    );
  });

  it('refuses when it does not run, and names a missing command', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request('console.log("up"); setInterval(() => {}, 1000)'), never);
    const run = async (command: string[]) => {
      for await (const _ of driver.exec(record, command, never));
    };
    await expect(run(['no-such-command'])).rejects.toMatchObject({ code: 'source_missing' });
    await expect(run([])).rejects.toMatchObject({ code: 'usage' });
    await driver.stop(record, 0, never);
    await expect(run(['true'])).rejects.toMatchObject({ code: 'instance_unknown' });
  });

  it('measures processor time and memory of the whole session', async () => {
    const driver = bench.driver();
    const program = `require('node:child_process').spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }); setInterval(() => {}, 1000)`;
    const record = await driver.start(await bench.request(program), never);
    const stats = await until(
      async () => (await driver.stats([record]))[record.id],
      (seen) => (seen?.cpuSeconds ?? 0) > 0.3,
    );
    // Two Node.js processes and a shell.
    expect(stats?.memory).toBeGreaterThan(40_000_000);
    await driver.stop(record, 0, never);
    expect(await driver.stats([record])).toEqual({});
  });
});
