// What stands in front of a Swarm's tasks: HAProxy in a container of their network, which finds them by name and asks each how it is.
import { join } from 'node:path';
import { writeFileAtomic } from '../../../../platform/files.ts';
import { tcpConnect } from '../../../../platform/probe.ts';
import type { Target } from '../../../load/traffic.ts';
import { programPath } from '../../proxies/proxy.ts';
import { until } from '../contender.ts';
import type { PrivateDocker } from './docker.ts';
import { network } from './docker.ts';
import { port } from './image.ts';

/**
 * As its makers describe it for a Swarm, but quicker: names are asked for five times a second instead of each ten seconds, tasks twice a
 * second. One that is slow is not taken for dead; one that refuses is passed over at once.
 */
const config = (slots: number): string => `global
  maxconn 8192
resolvers swarm
  nameserver engine 127.0.0.11:53
  accepted_payload_size 8192
  timeout resolve 200ms
  timeout retry 200ms
  hold valid 200ms
  hold obsolete 200ms
defaults
  mode http
  retries 3
  option redispatch 1
  retry-on conn-failure empty-response
  timeout connect 1s
  timeout check 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
frontend in
  bind :${port}
  default_backend out
backend out
  option httpchk GET /healthz
  default-server check inter 500ms fall 3 rise 1 resolvers swarm init-addr none
  server-template task ${slots} tasks.web:${port}
`;

/** Resolves with its address when it listens. `image` has its program. */
export async function startBalancer(docker: PrivateDocker, image: string, replicas: number, signal: AbortSignal): Promise<Target> {
  const file = join(docker.root, 'haproxy.cfg');
  // While tasks are replaced there are more of them than replicas.
  await writeFileAtomic(file, config(2 * replicas + 4), 0o644);
  const mounted = ['--network', network, '--label', 'codectl-bench', '--volume', `${file}:/haproxy.cfg:ro`];
  const command = [programPath('haproxy') ?? 'haproxy', '-db', '-f', '/haproxy.cfg'];
  const id = await docker.docker(['run', '--detach', ...mounted, image, ...command], signal);
  const host = (await docker.addresses(signal)).get(id) ?? '';
  const listens = async () => ((await tcpConnect({ host, port, timeout: 1_000 }, signal)) === undefined ? true : undefined);
  await until('HAProxy to listen', listens, signal, 120_000);
  return { host, port };
}
