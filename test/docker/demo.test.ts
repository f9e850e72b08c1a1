// The demo in containers, as a newcomer starts it: it holds what it promises, and leaves nothing behind.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Probe } from '../kit/deadlines.ts';
import { inTime } from '../kit/deadlines.ts';
import { engine, noEngine, onDocker } from './kit.ts';

const demo = fileURLToPath(new URL('../../tools/demo/demo.ts', import.meta.url));

interface Left {
  readonly RepoTags: readonly string[] | null;
}

/** It ends with another code than 0 when a request failed or the broken version answered one; then what it said is the reason. */
async function attempt({ deadline }: Probe): Promise<{ readonly code: number; readonly said: string }> {
  const environment = { ...process.env, CODE_DOCKER_HOST: engine().host, NO_COLOR: '1' };
  const command = [demo, '--runtime', 'docker', '--deadline', deadline];
  try {
    return { code: 0, said: (await promisify(execFile)(process.execPath, command, { env: environment })).stdout };
  } catch (thrown) {
    return { code: 1, said: (thrown as { readonly stdout?: string }).stdout ?? String(thrown) };
  }
}

describe.skipIf(noEngine)(onDocker, () => {
  test('ships a good and a bad version under traffic, no request fails, and no image, container or volume of it stays', async () => {
    const docker = engine();
    const { said: stdout } = await inTime(attempt, ({ code }) => code === 0);
    expect(stdout).toMatch(/requests failed +0\n/);
    expect(stdout).toMatch(/answers of the api .*2\.0\.0: \d+/);
    const ofShop = encodeURIComponent(JSON.stringify({ label: ['codectl.application=shop'] }));
    const { Volumes } = await docker.json<{ readonly Volumes: readonly object[] | null }>(`/volumes?filters=${ofShop}`);
    expect([await docker.json(`/containers/json?all=1&filters=${ofShop}`), Volumes ?? []]).toEqual([[], []]);
    const images = await docker.json<readonly Left[]>('/images/json?all=1');
    expect(images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith('codectl-demo/'))).toEqual([]);
  });
});
