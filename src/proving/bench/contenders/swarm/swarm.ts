// Docker Swarm as two contenders: with its defaults, and as its manual advises for updates that nobody should notice.
import { systemClock } from '../../../../base/clock.ts';
import { CodeError } from '../../../../base/errors.ts';
import type { Contender, Entrant } from '../contender.ts';
import { until } from '../contender.ts';
import { surgeOf } from '../ours.ts';
import { startBalancer } from './balancer.ts';
import type { Task } from './docker.ts';
import { network, PrivateDocker, whyNoSwarm } from './docker.ts';
import { buildVersion, importBase, port } from './image.ts';

/** Replacing fifty tasks one after the other takes minutes, on a busy machine many. */
const longest = 1_800_000;

/** For whoever reads the figures. */
export const swarmInFront =
  'Swarm: a Docker Engine of its own, one node. Where the kernel has no IPVS there is no routing mesh, so HAProxy stands in front: in a container of the same network, it finds tasks by DNS five times a second (`server-template`), checks each twice a second, and tries another one when a connection is refused.';

export const swarmUpdates: readonly string[] = [
  'Swarm: a deploy is `docker service update` with an image that was built before, counted until the Engine says that all tasks are new and the old ones gone, thus without the seconds for which the command still watches them.',
  'Swarm, start-first: `--update-order start-first`, as many at a time as ours, and a health check by a Node.js script in the image: each second up to 10 replicas, each 5 s at 50. Swarm, defaults: one after the other, the old one stopped first, no health check.',
];

/** To ask more often would be a load of its own on the Engine. */
const lookEvery = 100;

/** `careful` is what its manual advises where nobody should notice an update. */
type Variant = 'defaults' | 'careful';

const names: Readonly<Record<Variant, string>> = { defaults: 'Swarm, defaults', careful: 'Swarm, start-first' };

/** Only one at a time: each needs the same port. `wanted`: whether the caller lets it take part. */
export function swarm(variant: Variant, node: string, wanted: boolean): Entrant {
  const absent = wanted ? whyNoSwarm() : 'left out by --set swarm=0';
  return {
    name: names[variant],
    ...(absent !== undefined && { absent }),
    open: async (replicas, signal) => {
      const docker = await PrivateDocker.start(signal);
      try {
        return await open(docker, node, variant, replicas, signal);
      } catch (thrown) {
        await docker.end();
        throw thrown;
      }
    },
  };
}

async function open(docker: PrivateDocker, node: string, variant: Variant, replicas: number, signal: AbortSignal): Promise<Contender> {
  const checkEvery = variant === 'careful' ? Math.max(1, Math.ceil(replicas / 10)) : undefined;
  const base = await importBase(docker, node, signal);
  const image = (version: string, wait: AbortSignal) => buildVersion(docker, version, { node, checkEvery, signal: wait });
  const built = new Map<string, string>();
  const first = await image('v0', signal);
  await docker.docker(['service', 'create', ...settingsOf(variant, replicas), first], signal);
  await whenAllAre(docker, first, replicas, signal);
  return {
    name: names[variant],
    target: await startBalancer(docker, base, replicas, signal),
    prepare: async (version, wait) => void built.set(version, await image(version, wait)),
    deploy: async (version, wait) => {
      const next = built.get(version);
      if (next === undefined) throw new CodeError('internal', `${version} was not prepared.`);
      await docker.docker(['service', 'update', '--detach', '--quiet', '--no-resolve-image', '--image', next, 'web'], wait);
      await whenAllAre(docker, next, replicas, wait);
    },
    pidOf: async (task, wait) => {
      const found = (await docker.tasks(wait)).find(({ ID: id }) => id === task);
      return found?.Status.ContainerStatus?.PID;
    },
    end: () => docker.end(),
  };
}

function settingsOf(variant: Variant, replicas: number): readonly string[] {
  const service = ['--detach', '--quiet', '--no-resolve-image', '--name', 'web', '--replicas', String(replicas)];
  const reached = ['--endpoint-mode', 'dnsrr', '--network', network];
  const environment = [`PORT=${port}`, 'HOST=0.0.0.0', 'BENCH_INSTANCE={{.Task.ID}}'].flatMap((one) => ['--env', one]);
  const careful = ['--update-order', 'start-first', '--update-parallelism', String(surgeOf(replicas))];
  return [...service, ...reached, ...environment, ...(variant === 'careful' ? careful : [])];
}

const ended = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned']);

/** Errors: `timed_out`. */
async function whenAllAre(docker: PrivateDocker, image: string, replicas: number, signal: AbortSignal): Promise<void> {
  const isNew = (task: Task) => task.Spec.ContainerSpec.Image === image;
  const look = async () => {
    const living = (await docker.tasks(signal)).filter((task) => !ended.has(task.Status.State));
    const running = living.filter((task) => isNew(task) && task.Status.State === 'running');
    if (running.length === replicas && living.length === replicas) return true;
    await systemClock.sleep(lookEvery, signal);
    return undefined;
  };
  await until(`${replicas} tasks of the new version and none of the old`, look, signal, longest);
}
