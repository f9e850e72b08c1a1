// The demo in containers, as a newcomer starts it: it holds what it promises, and leaves nothing behind.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { engine, noEngine, onDocker } from './kit.ts';

const demo = fileURLToPath(new URL('../../tools/demo/demo.ts', import.meta.url));

interface Left {
  readonly RepoTags: readonly string[] | null;
}

describe.skipIf(noEngine)(onDocker, () => {
  test('ships a good and a bad version under traffic, no request fails, and no image, container or volume of it stays', async () => {
    const docker = engine();
    const environment = { ...process.env, CODE_DOCKER_HOST: docker.host, NO_COLOR: '1' };
    // It ends with another code than 0 when a request failed or the broken version answered one; then what it said is the reason.
    const { stdout } = await promisify(execFile)(process.execPath, [demo, '--runtime', 'docker'], { env: environment }).catch(
      (thrown: { readonly stdout?: string }) => expect.fail(thrown.stdout ?? String(thrown)),
    );
    expect(stdout).toMatch(/requests failed +0\n/);
    expect(stdout).toMatch(/answers of the api .*2\.0\.0: \d+/);
    const ofShop = encodeURIComponent(JSON.stringify({ label: ['codectl.application=shop'] }));
    const { Volumes } = await docker.json<{ readonly Volumes: readonly object[] | null }>(`/volumes?filters=${ofShop}`);
    expect([await docker.json(`/containers/json?all=1&filters=${ofShop}`), Volumes ?? []]).toEqual([[], []]);
    const images = await docker.json<readonly Left[]>('/images/json?all=1');
    expect(images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith('codectl-demo/'))).toEqual([]);
  });
});
