// Commands beside a living container: both streams, exit codes, and what is said where nothing can be run.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/ports/runtime.ts';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { Status } from '../kit/kube/status.ts';
import { certificatesIn, whyNoCertificates } from '../lab/certificates.ts';
import { aSet, never, passesUntil, ready, runtimeOn } from './bench.ts';
import { openCluster } from './kit.ts';

let cluster: TestCluster;
let runtime: Runtime & Disposable;
let pod: string;
beforeAll(async () => {
  cluster = await openCluster({ token: 'right' });
  runtime = runtimeOn(await cluster.kubeconfig({ token: 'right' }));
  const [one] = await passesUntil(runtime, aSet(await cluster.freePort(), 1, { env: { GREETING: 'hello' } }), ready(1));
  pod = one?.id ?? '';
});
afterAll(async () => {
  runtime?.[Symbol.dispose]();
  await cluster?.[Symbol.asyncDispose]();
});

interface Said {
  readonly out: string;
  readonly err: string;
  readonly code: number | undefined;
}

const exec = async (command: readonly string[], { instance = pod, signal = never, by = runtime } = {}): Promise<Said> => {
  const said = { out: '', err: '', code: undefined as number | undefined };
  for await (const item of by.exec?.(instance, command, signal) ?? []) {
    if (item.kind === 'exit') said.code = item.code;
    else said[item.stream] += item.text;
  }
  return said;
};

describe('a command beside a container', () => {
  it('has its environment, and tells its output and its exit code', async () => {
    expect(await exec(['task', 'env', 'GREETING'])).toEqual({ out: 'hello\n', err: '', code: 0 });
    expect(await exec(['task', 'complain', 'no & room?', '7'])).toEqual({ out: '', err: 'no & room?\n', code: 7 });
  });

  it('may say more than fits into one message', async () => {
    const { out, code } = await exec(['task', 'fill', '300000']);
    expect([out.length, code]).toEqual([300_000, 0]);
  });

  it('is left to itself when nobody wants to hear more', async () => {
    const done = new AbortController();
    for await (const item of runtime.exec?.(pod, ['task', 'wait'], done.signal) ?? []) {
      expect(item).toMatchObject({ text: 'waits\n' });
      break;
    }
    const aborted = exec(['task', 'wait'], { signal: AbortSignal.any([done.signal]) });
    done.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
  });

  it('that is no program of the image is named', async () => {
    await expect(exec(['no-such-program'])).rejects.toMatchObject({
      code: 'source_missing',
      message: expect.stringMatching(/"no-such-program" could not be started .*executable file not found/),
    });
    await expect(exec([])).rejects.toMatchObject({ code: 'usage' });
  });

  it('is refused where there is no such instance, and where one may not', async () => {
    await expect(exec(['task', 'say', 'x'], { instance: 'nobody' })).rejects.toMatchObject({ code: 'instance_unknown' });
    cluster.api.options.admit = ({ part }) =>
      part === 'exec' ? new Status(403, 'Forbidden', 'pods "x" is forbidden: User "me" cannot create resource "pods/exec"') : undefined;
    await expect(exec(['task', 'say', 'x'])).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('pods/exec') });
    cluster.api.options.admit = () => undefined;
  });

  it('that the cluster breaks off is not taken for one that ended', async () => {
    const said: string[] = [];
    const broken = (async () => {
      for await (const item of runtime.exec?.(pod, ['task', 'wait'], never) ?? []) {
        said.push(item.kind);
        cluster.api.breakUpgrades();
      }
    })();
    await expect(broken).rejects.toMatchObject({ code: 'runtime_unavailable' });
    expect(said).toEqual(['output']);
  });
});

const missing = await whyNoCertificates();
it.skipIf(missing !== undefined)(`a command runs over TLS, too${missing === undefined ? '' : ` (skipped: ${missing})`}`, async () => {
  const { readFile } = await import('node:fs/promises');
  const { client } = await certificatesIn(`${cluster.directory}/tls`);
  const text = (name: string) => readFile(`${client}/../engine/${name}.pem`, 'utf8');
  await using secure = await openCluster({ tls: { cert: await text('cert'), key: await text('key'), ca: await text('ca') } });
  const user = { 'client-certificate': `${client}/cert.pem`, 'client-key': `${client}/key.pem` };
  using by = runtimeOn(await secure.kubeconfig(user, { 'certificate-authority': `${client}/ca.pem` }));
  const [one] = await passesUntil(by, aSet(await secure.freePort(), 1), ready(1));
  expect(await exec(['task', 'say', 'hidden', '0'], { instance: one?.id ?? '', by })).toMatchObject({ out: 'hidden\n', code: 0 });
});
