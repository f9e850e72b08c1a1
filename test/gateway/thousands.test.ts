// Ten thousand clients that wait for nothing: what they cost, and whom they keep from being served.
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultLimits } from '../../src/gateway/serve/plane.ts';
import { residentMemory } from '../../src/platform/measure.ts';
import { startChild } from '../../src/platform/process/child.ts';
import { aGateway, aKeepAliveAgent, anUpstream, aService, ask, aTable, at, until } from './kit.ts';

const limits = process.platform === 'linux' ? readFileSync('/proc/self/limits', 'utf8') : '';
const files = Number(/^Max open files +\d+ +(\d+)/m.exec(limits)?.[1]);

/** The gateway by itself, so that its memory is its own; with room for a slow machine to open ten thousand connections before it hangs up. */
async function aGatewayApart(upstream: number): Promise<{ readonly pid: number; readonly port: number }> {
  const table = aTable(1, [aService({ v1: [1, [at(upstream)]] })]);
  const program = `
    import { Gateway } from ${JSON.stringify(join(import.meta.dirname, '../../src/gateway/gateway.ts'))};
    const gateway = new Gateway({ keep: async () => {}, limits: { headTimeout: 120_000 } });
    const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
    await gateway.apply(${JSON.stringify(table)});
    console.log('port ' + port);`;
  const args = ['--input-type=module', '--eval', program];
  const child = await startChild({ command: process.execPath, args, cwd: import.meta.dirname, env: {} });
  onTestFinished(() => child.stop());
  const said = await until('its port', child.output, (text) => text.includes('port '));
  return { pid: child.pid, port: Number(/port (\d+)/.exec(said)?.[1]) };
}

async function openIdle(count: number, port: number): Promise<Set<Socket>> {
  const open = new Set<Socket>();
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
  });
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' }, resolve);
      open.add(socket);
      socket.on('error', reject).on('close', () => open.delete(socket));
    });
  for (let made = 0; made < count; made += 100) await Promise.all(Array.from({ length: 100 }, one));
  return open;
}

async function allAnswered(port: number): Promise<boolean> {
  const agent = aKeepAliveAgent(16);
  const answers = await Promise.all(Array.from({ length: 500 }, () => ask(port, { agent })));
  return answers.every(({ status, body }) => status === 200 && body === 'ok');
}

test.runIf(files >= 12_000)(
  '10,000 idle connections all stay, cost less than 20 KiB each, and others are served',
  { timeout: 120_000 },
  async () => {
    const app = await anUpstream();
    const { pid, port } = await aGatewayApart(app.port);
    expect(await allAnswered(port)).toBe(true);
    const before = residentMemory(pid) ?? 0;
    const open = await openIdle(10_000, port);
    expect(await allAnswered(port)).toBe(true);
    expect(open.size).toBe(10_000);
    expect(((residentMemory(pid) ?? Number.POSITIVE_INFINITY) - before) / 10_000).toBeLessThan(20 * 1024);
  },
);

test('where idle connections have taken every place, the longest idle make room, and others are served', async () => {
  const app = await anUpstream();
  const { gateway, port } = await aGateway({ maxConnections: 512, maxPerAddress: 512, headTimeout: 60_000 });
  await gateway.apply(aTable(1, [aService({ v1: [1, [at(app.port)]] })]));
  const [first, second] = [await openIdle(500, port), await openIdle(500, port)];
  expect(await allAnswered(port)).toBe(true);
  await until(
    'the oldest are gone',
    () => first.size,
    (size) => size <= 12,
  );
  expect(second.size).toBeGreaterThan(450);
  expect(first.size + second.size).toBeLessThanOrEqual(512);
});

test('by default there is room for more than 10,000, from one address and in all', () => {
  expect(defaultLimits.maxPerAddress).toBeGreaterThan(10_000);
  expect(defaultLimits.maxConnections).toBeGreaterThan(defaultLimits.maxPerAddress);
});
