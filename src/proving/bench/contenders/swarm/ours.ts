// Our own engine on a Swarm as a contender: the same images and the same kind of Swarm as the peers', and our gateway in front.
import { join } from 'node:path';
import { CodeError } from '../../../../base/errors.ts';
import { writeFileAtomic } from '../../../../platform/files.ts';
import type { Contender, Entrant } from '../contender.ts';
import { own } from '../contender.ts';
import type { Programs } from '../ours.ts';
import { Installation, manifest } from '../ours.ts';
import { PrivateDocker, whyNoSwarm } from './docker.ts';
import { buildVersion, importBase } from './image.ts';

/** Only one Swarm at a time: each needs the same port. */
export function oursOnSwarm(programs: Programs): Entrant {
  const absent = whyNoSwarm();
  return {
    name: own,
    ...(absent !== undefined && { absent }),
    open: async (replicas, signal) => {
      const docker = await PrivateDocker.start(signal);
      try {
        await importBase(docker, programs.node, signal);
        const installation = await Installation.start(programs, signal, { docker_host: `unix://${docker.socket}` });
        try {
          return await begin(docker, installation, { node: programs.node, replicas }, signal);
        } catch (thrown) {
          await installation.end();
          throw thrown;
        }
      } catch (thrown) {
        await docker.end();
        throw thrown;
      }
    },
  };
}

interface Shape {
  readonly node: string;
  readonly replicas: number;
}

async function begin(docker: PrivateDocker, installation: Installation, shape: Shape, signal: AbortSignal): Promise<Contender> {
  const { node, replicas } = shape;
  const file = join(installation.root, 'code.yaml');
  const built = new Set<string>();
  const prepare = async (version: string, wait: AbortSignal): Promise<void> => {
    const id = await buildVersion(docker, version, { node, checkEvery: undefined, signal: wait });
    await docker.docker(['tag', id, `bench-web:${version}`], wait);
    built.add(version);
  };
  const deploy = async (version: string, wait: AbortSignal): Promise<void> => {
    if (!built.has(version)) throw new CodeError('internal', `${version} was not prepared.`);
    // As the peers' containers are: otherwise a file system in memory would hide what the image has below /tmp.
    const text = manifest(replicas, `image: bench-web:${version}\n    container: { writable: true }`);
    await writeFileAtomic(file, `${text}environments: { default: { runtime: swarm } }\n`);
    await installation.codectl(['deploy', '-f', file, '--yes'], wait);
  };
  const contender = await installation.contend({ prepare, deploy }, signal);
  return {
    ...contender,
    end: async () => {
      try {
        await contender.end();
      } finally {
        await docker.end();
      }
    },
  };
}
