// Who holds a directory: a process of ours does, a process of another user only seems to.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { holdDirectory } from '../../src/gateway/sole.ts';
import { holderName, isHeld } from '../../src/platform/holder.ts';

const linux = process.platform === 'linux';

test.skipIf(!linux)('a directory is held by one process of its user; what another user has does not count', async () => {
  const directory = `/nowhere/${randomUUID()}`;
  expect(await isHeld(directory)).toBe(false);
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen({ path: holderName(directory) ?? '' }, resolve));
  expect(await isHeld(directory)).toBe(true);
  expect(await isHeld(directory, 4_294_000)).toBe(false);
  await expect(holdDirectory(directory)).rejects.toMatchObject({ code: 'locked' });
});

test.skipIf(!linux || process.getuid?.() !== 0)('another user who takes the name does not keep a gateway from starting', async () => {
  const directory = `/nowhere/${randomUUID()}`;
  const program = `require('node:net').createServer().listen({ path: ${JSON.stringify(holderName(directory))} }, () => console.log('held'))`;
  const stranger = spawn('/proc/self/exe', ['-e', program], { uid: 65_534, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  await new Promise((resolve) => stranger.stdout.once('data', resolve));
  expect(await isHeld(directory)).toBe(false);
  expect(await holdDirectory(directory)).toBe(false);
});
