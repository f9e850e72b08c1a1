// The runtime watch on containers: their ports, programs and connections by the kernel, and commands that came in past the engine by the Engine's events.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import type { Dockerd } from '../lab/dockerd.ts';
import { containers, engine, makeImage, manifest, noEngine, onDocker } from './kit.ts';

interface Watched {
  readonly findings: readonly { readonly kind: string; readonly what: string; readonly message: string }[];
  readonly not_measured: readonly object[];
}

describe.skipIf(noEngine)(onDocker, () => {
  test('tells what a container does against its manifest, and what somebody has done in it', async () => {
    const docker = engine();
    await makeImage(docker);
    await using house = await House.open({ docker_host: docker.host, watch_every: '200ms' });
    const watch = async (): Promise<Watched> => {
      const { environments } = await house.call<{ environments: readonly { watch: Watched }[] }>('apps.status');
      return environments[0]?.watch ?? { findings: [], not_measured: [] };
    };
    const tells = (kind: string) =>
      until(watch, ({ findings }) => findings.some((one) => one.kind === kind)).then(({ findings }) =>
        findings.find((one) => one.kind === kind),
      );
    const wished = { egress: ['203.0.113.0/24'], watch: { programs: [] } };
    expect(await house.outcome(await house.deploy(manifest('watched', wished)))).toMatchObject({ outcome: 'succeeded' });

    // It must have been looked at, and not merely not yet.
    await until(
      () => house.call<{ environments: readonly { watch?: Watched }[] }>('apps.status'),
      ({ environments }) => environments[0]?.watch !== undefined,
    );
    expect(await watch()).toEqual({ findings: [], not_measured: [] });

    // A connection that it opens, and that stays: to the Engine's machine, which never answers.
    const [first] = (await house.service('web', 'watched')).instances;
    const machine = (first?.address ?? '').replace(/\.\d+:\d+$/, '.1');
    const server = createServer(() => undefined).listen(0, '0.0.0.0');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const asked = get({
      host: 'watched.localhost',
      port: (await house.gateway()).port,
      path: `/ask?url=${encodeURIComponent(`http://${machine}:${port}`)}`,
    }).catch(() => undefined);
    expect(await tells('unexpected_connection')).toMatchObject({ what: `${machine}:${port}` });
    server.closeAllConnections();
    server.close();
    await asked;

    // Somebody runs a command in it, past codectl: the node of the image, which goes on for a while.
    const listed = (await containers(docker)).find(({ Labels }) => Labels['codectl.application'] === 'watched');
    await runIn(docker, listed?.Id ?? '', ['node', '-e', "require('net').createServer().listen(9999); setInterval(() => {}, 1000)"]);
    expect(await tells('foreign_command')).toMatchObject({ what: 'node' });
    expect(await tells('unexpected_port')).toMatchObject({ what: '9999', message: expect.stringContaining('listens on port 9999') });
    expect(await tells('unexpected_program')).toMatchObject({ what: expect.stringContaining('node') });
  });
});

/** As `docker exec -d` does. */
async function runIn(docker: Dockerd, container: string, command: readonly string[]): Promise<void> {
  const made = JSON.parse(await docker.send('POST', `/containers/${container}/exec`, { Cmd: command })) as { readonly Id: string };
  await docker.send('POST', `/exec/${made.Id}/start`, { Detach: true });
}
