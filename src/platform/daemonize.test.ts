// A daemon that is started from inside an instance is nobody's instance.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startDaemon } from './daemonize.ts';

test('L4 a daemon does not inherit the mark of the instance that it is started from', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'code-daemonize-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const names = [
    'CODE_HOME_ID',
    'CODE_INSTANCE',
    'CODE_REPLICA_SET',
    'CODE_GATEWAY_URL',
    'CODE_VOLUME_DATA',
    'CODE_API_LISTEN',
    'CODE_HOME',
  ];
  const ended = await startDaemon(
    {
      command: [process.execPath, '-e', 'process.stderr.write(JSON.stringify(process.env))'],
      environment: { ...process.env, ...Object.fromEntries(names.map((name) => [name, 'x'])) },
      logFile: join(directory, 'log'),
      ready: async () => false,
    },
    new AbortController().signal,
  );
  const environment = JSON.parse(ended.kind === 'ended' ? ended.stderr : '') as Record<string, string>;
  expect(names.filter((name) => name in environment)).toEqual(['CODE_API_LISTEN', 'CODE_HOME']);
});
