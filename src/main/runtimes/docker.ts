// Settings of the Docker runtime: which Engine, with whose certificates, and how its containers are reached.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CodeError, systemErrorCode } from '../../base/errors.ts';
import { parseDuration } from '../../base/units.ts';
import type { Finding } from '../../operations/services.ts';
import type { LinkTarget, LinkTls } from '../../platform/http/link.ts';
import { ask } from '../../platform/http/link.ts';
import { isLoopback } from '../../platform/loopback.ts';

const dockerHost = z
  .string()
  .regex(
    /^(?:unix:\/\/\/.+|tcp:\/\/[^\s:/]+:\d{1,5})$/,
    'expected unix:///PATH or tcp://HOST:PORT, for example unix:///var/run/docker.sock',
  )
  .refine((text) => text.startsWith('unix:') || URL.canParse(text), 'expected a host and a port up to 65535 after tcp://');

const patience = z.string().refine((text) => (parseDuration(text) ?? 0) > 0, 'expected a duration such as 2m');

export const dockerSettings = {
  docker_host: dockerHost.default('unix:///var/run/docker.sock').describe('Where the Docker Engine answers'),
  docker_tls: z
    .string()
    .default('')
    .describe('Directory with ca.pem, cert.pem and key.pem for an Engine at tcp://; nothing means without TLS, for loopback only'),
  docker_reach: z
    .enum(['address', 'published'])
    .default('address')
    .describe(
      "How containers are reached: at their own address, or at a port of the Engine's machine (Docker Desktop, an Engine elsewhere)",
    ),
  docker_config: z
    .string()
    .regex(/^(?:\/.+)?$/, 'expected an absolute path, for example /root/.docker/config.json')
    .default('')
    .describe('File with logins to registries, as docker login writes it (config.json); nothing means that registries are asked without'),
  docker_patience: patience.default('2m').describe('How long a registry may say nothing'),
};

const engineVersion = z.looseObject({ Version: z.string(), ApiVersion: z.string() });
const engineState = z.looseObject({
  Swarm: z.looseObject({ LocalNodeState: z.string(), ControlAvailable: z.boolean().default(false), Nodes: z.number().default(0) }),
});

export type DockerSettings = { readonly [K in keyof typeof dockerSettings]: z.infer<(typeof dockerSettings)[K]> };

/** Errors: `settings_invalid` for certificates that cannot be read, or an Engine elsewhere without any. */
export function dockerEngine({ docker_host: host, docker_tls: tls }: DockerSettings): LinkTarget {
  if (host.startsWith('unix://')) return { kind: 'socket', path: host.slice('unix://'.length) };
  const { hostname, port } = new URL(host);
  const target = { kind: 'tcp', host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) } as const;
  if (tls !== '') return { ...target, tls: certificatesIn(tls) };
  if (isLoopback(target.host)) return target;
  throw new CodeError('settings_invalid', `docker_host ${host} is not this machine, and docker_tls names no certificates.`, {
    hint: 'Whoever reaches an Engine without TLS is root there: set docker_tls to a directory with ca.pem, cert.pem and key.pem.',
  });
}

/** Whether an Engine answers there; without one everything else works. */
export function lookAtDocker(settings: DockerSettings, signal: AbortSignal): Promise<Omit<Finding, 'subject'>> {
  const { docker_host: host } = settings;
  return lookAtEngine(settings, '/version', signal, (said) => {
    const { Version, ApiVersion } = engineVersion.parse(said);
    return { state: 'ok', message: `runs images on Docker Engine ${Version} (API ${ApiVersion}) at ${host}` };
  });
}

/** Whether that Engine is a manager of a Swarm. */
export function lookAtSwarm(settings: DockerSettings, signal: AbortSignal): Promise<Omit<Finding, 'subject'>> {
  const { docker_host: host } = settings;
  return lookAtEngine(settings, '/info', signal, (said) => {
    const { LocalNodeState: state, ControlAvailable: manages, Nodes: nodes } = engineState.parse(said).Swarm;
    if (state === 'active' && manages)
      return {
        state: 'ok',
        message: `runs images on the Swarm of the Docker Engine at ${host} (${nodes === 1 ? '1 node' : `${nodes} nodes`})`,
      };
    const hint = 'Run "docker swarm init" there, or name a manager with docker_host; who needs none may leave it out of runtimes.';
    return { state: 'limited', message: `the Docker Engine at ${host} is no manager of a Swarm`, hint };
  });
}

async function lookAtEngine(
  settings: DockerSettings,
  path: string,
  signal: AbortSignal,
  tell: (said: unknown) => Omit<Finding, 'subject'>,
): Promise<Omit<Finding, 'subject'>> {
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
    const answer = await ask(dockerEngine(settings), { method: 'GET', path }, within);
    return tell(JSON.parse(await answer.text()));
  } catch (thrown) {
    const why = systemErrorCode(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
    const hint = 'Start the Docker Engine, or name another with docker_host; who needs none may leave it out of runtimes.';
    return { state: 'limited', message: `no Docker Engine answers at ${settings.docker_host} (${why})`, hint };
  }
}

function certificatesIn(directory: string): LinkTls {
  const read = (name: string): string => {
    try {
      return readFileSync(join(directory, name), 'utf8');
    } catch (thrown) {
      throw new CodeError('settings_invalid', `docker_tls: ${join(directory, name)} cannot be read.`, {
        hint: 'The directory must hold ca.pem, cert.pem and key.pem.',
        cause: thrown,
      });
    }
  };
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
}
