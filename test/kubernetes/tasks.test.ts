// Tasks as Jobs, the runtime alone: run once and never again, ended with their output kept, and what is said where one never begins.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Instance } from '../../src/model/instance.ts';
import type { Runtime, TaskRun, TaskRuns } from '../../src/ports/runtime.ts';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { Status } from '../kit/kube/status.ts';
import { scope } from '../kit/specs.ts';
import { until } from '../kit/until.ts';
import { aSet, never, passesUntil, ready, runtimeOn } from './bench.ts';
import { image, openCluster } from './kit.ts';

let cluster: TestCluster;
let runtime: Runtime & Disposable;
let tasks: TaskRuns;
/** Names of all pods that there ever were. */
let made: string[];
beforeEach(async () => {
  cluster = await openCluster();
  runtime = runtimeOn(await cluster.kubeconfig(), { secrets: { PASSWORD: 'geheim' } });
  if (!runtime.tasks) throw new Error('this runtime runs no tasks');
  tasks = runtime.tasks;
  made = [];
  cluster.api.objects.onChange(({ type, object }) => {
    if (object.kind === 'Pod' && type === 'ADDED') made.push(object.metadata.name);
  });
});
afterEach(async () => {
  runtime[Symbol.dispose]();
  await cluster[Symbol.asyncDispose]();
});

const id = 'api-abcdef-x1y2z';
const aRun = (words: readonly string[], varied: Parameters<typeof aSet>[2] = {}, reference?: string): TaskRun => {
  const { release } = aSet(8080, 1, varied, reference);
  return { id, task: 'shop-test-t1', scope, release, command: ['task', ...words] };
};
const seen = (holds: (one: Instance | undefined) => boolean) => until(() => tasks.inspect(id, never), holds, undefined, 20);
const ended = () => seen((one) => one?.state === 'exited');
const begun = () =>
  until(
    () => output(),
    (lines) => lines.includes('waits'),
    undefined,
    20,
  );
const output = async (): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const { text, instance } of runtime.logs?.(id, { follow: false }, never) ?? []) {
    expect(instance).toBe(id);
    lines.push(text);
  }
  return lines;
};
const kindsLeft = () => ['Job', 'Pod', 'ConfigMap', 'Secret', 'NetworkPolicy'].filter((kind) => cluster.api.objects.list(kind).length > 0);

describe('a task', () => {
  it('runs once, however often it is asked for; its output and its exit code are known', async () => {
    const run = aRun(['say', 'hello', '7']);
    expect(await tasks.start(run, never)).toMatchObject({ id, state: 'running', task: 'shop-test-t1' });
    await tasks.start(run, never);
    expect(await ended()).toMatchObject({ exit: { code: 7, requested: false }, replicaSet: expect.stringContaining('shop/test/api@') });
    expect(await tasks.start(run, never)).toMatchObject({ state: 'exited', exit: { code: 7 } });
    expect(await output()).toEqual(['hello']);
    expect(made).toHaveLength(1);
  });

  it('is told what its release is told, with its secrets, which are gone with its end', async () => {
    await tasks.start(aRun(['env', 'PASSWORD'], { secrets: ['PASSWORD'] }), never);
    await ended();
    expect(await output()).toEqual(['geheim']);
    await until(
      () => kindsLeft(),
      (kinds) => kinds.join() === 'Job,Pod,ConfigMap',
    );
    expect(cluster.api.objects.list('ConfigMap')[0]?.metadata.ownerReferences).toMatchObject([{ kind: 'Job' }]);
  });

  it('is given secrets as files, too', async () => {
    await tasks.start(aRun(['file', 'PASSWORD_FILE'], { secrets: ['PASSWORD'], secretFiles: ['PASSWORD'] }), never);
    await ended();
    expect(await output()).toEqual(['440 geheim']);
  });

  it('is known to an engine that comes later', async () => {
    await tasks.start(aRun(['say', 'done', '0']), never);
    await ended();
    using later = runtimeOn(await cluster.kubeconfig());
    expect(await later.tasks?.inspect(id, never)).toMatchObject({ state: 'exited', exit: { code: 0 } });
    expect(await later.tasks?.start(aRun(['say', 'done', '0']), never)).toMatchObject({ state: 'exited' });
    expect(made).toHaveLength(1);
  });

  it('whose Job somebody deletes is lost, and is not run a second time', async () => {
    await tasks.start(aRun(['wait']), never);
    await begun();
    const [job] = cluster.api.objects.list('Job');
    cluster.api.objects.delete('Job', job?.metadata.name ?? '');
    const exit = { requested: false, how: 'is gone: its Job was deleted' };
    expect(await ended()).toMatchObject({ exit });
    using later = runtimeOn(await cluster.kubeconfig());
    expect(await later.tasks?.start(aRun(['wait']), never)).toMatchObject({ state: 'exited', exit });
    expect(made).toHaveLength(1);
  });

  it('whose pod is taken away is lost, too', async () => {
    await tasks.start(aRun(['wait']), never);
    await begun();
    cluster.api.objects.delete('Pod', made[0] ?? '');
    expect(await ended()).toMatchObject({ exit: { requested: false, how: expect.stringContaining('is gone with its pod') } });
    expect(made).toHaveLength(1);
  });

  it('that runs out of memory says so', async () => {
    cluster.images.set('registry.test/web:oom', image('oom', { OOM: '1' }));
    await tasks.start({ ...aRun([], {}, 'registry.test/web:oom'), command: ['serve'] }, never);
    expect(await ended()).toMatchObject({ exit: { outOfMemory: true } });
  });

  it('is no replica, and forbids nobody to evict one', async () => {
    const port = await cluster.freePort();
    await passesUntil(runtime, aSet(port, 2), ready(2));
    await tasks.start(aRun(['wait']), never);
    await begun();
    expect((await runtime.observe(scope, never)).map((one) => one.task)).toEqual([undefined, undefined]);
    const [replica] = cluster.pods();
    const path = `/api/v1/namespaces/shop/pods/${replica?.metadata.name}/eviction`;
    expect((await fetch(`${cluster.server}${path}`, { method: 'POST', body: '{}' })).status).toBe(201);
  });

  it('is forgotten with all that was made for it', async () => {
    await tasks.start(aRun(['say', 'hello', '0']), never);
    await ended();
    await tasks.forget(id);
    await until(
      () => kindsLeft(),
      (kinds) => kinds.length === 0,
    );
    await tasks.forget(id);
  });
});

describe('a task that is stopped', () => {
  it('gets SIGTERM, and what it said is kept', async () => {
    await tasks.start(aRun(['wait']), never);
    await begun();
    tasks.stop(id, 0);
    tasks.stop(id, 0);
    expect(await ended()).toMatchObject({ exit: { requested: true, signal: 'SIGTERM' } });
    expect(await output()).toEqual(['waits', 'told to end']);
    expect(made).toHaveLength(1);
  });

  it('before a node takes it never begins, and says what it waited for', async () => {
    cluster.dials.unschedulable = '0/3 nodes are available: 3 Insufficient memory.';
    await tasks.start(aRun(['wait']), never);
    await seen((one) => one?.unreadyBecause !== undefined);
    tasks.stop(id, 0);
    expect(await ended()).toMatchObject({
      exit: { requested: true, because: 'Unschedulable: 0/3 nodes are available: 3 Insufficient memory.' },
    });
    delete cluster.dials.unschedulable;
    expect(cluster.api.objects.list('Job')[0]).toMatchObject({ spec: { suspend: true } });
    expect(cluster.pods()).toEqual([]);
  });
});

describe('a task that cannot begin', () => {
  it('for want of its image has failed, in the words of the cluster', async () => {
    await tasks.start(aRun(['wait'], {}, 'registry.test/web:none'), never);
    expect(await ended()).toMatchObject({
      exit: { requested: false, because: expect.stringContaining('ImagePullBackOff: failed to pull image') },
    });
    expect(cluster.pods()).toEqual([]);
  });

  it('because the cluster refuses it leaves nothing, and may be asked for again', async () => {
    cluster.api.options.admit = ({ method, kind }) =>
      method === 'PATCH' && kind.kind === 'Job'
        ? new Status(403, 'Forbidden', 'jobs.batch is forbidden: User "me" cannot patch resource "jobs"')
        : undefined;
    await expect(tasks.start(aRun(['say', 'hello', '0']), never)).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining('cannot patch resource "jobs"'),
    });
    expect(kindsLeft()).toEqual([]);
    cluster.api.options.admit = () => undefined;
    await tasks.start(aRun(['say', 'hello', '0']), never);
    expect(await ended()).toMatchObject({ exit: { code: 0 } });
  });

  it('when nobody knows whether it was asked for is asked for again, and runs once', async () => {
    let left = 2;
    cluster.api.options.admit = ({ method, kind }) =>
      method === 'PATCH' && kind.kind === 'Job' && left-- > 0 ? new Status(401, 'Unauthorized', 'Unauthorized') : undefined;
    const run = aRun(['say', 'hello', '0']);
    expect(await tasks.start(run, never)).toMatchObject({ id, state: 'starting' });
    expect(await tasks.inspect(id, never)).toBeUndefined();
    await tasks.start(run, never);
    await tasks.start(run, never);
    expect(await ended()).toMatchObject({ exit: { code: 0 } });
    expect(made).toHaveLength(1);
  });
});
