// The shop as containers: an image with Node.js made from this machine's own, a Dockerfile for each service, and a manifest that builds them.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, shortDigest } from '../../src/base/digest.ts';
import { dockerEngine, lookAtDocker } from '../../src/main/runtimes/docker.ts';
import { loadSettings } from '../../src/main/settings.ts';
import { DockerEngine } from '../docker/engine.ts';
import { nodeImage } from '../docker/images.ts';

export const baseImage = 'codectl-demo/node:24';
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Where the volume of the manifest is, told as processes are told. */
const volume = 'ENV CODE_VOLUME_DATA=/var/lib/shop';
const ours = (command: string, ...more: readonly string[]) => ['COPY . /app', 'WORKDIR /app', ...more, `CMD ["${command}"]`];

const dockerfiles: Readonly<Record<string, readonly string[]>> = {
  api: ours('server.js', volume),
  worker: ours('worker.js', volume),
  web: ours('server.js'),
  static: [
    'COPY public /public',
    'CMD ["/opt/node_modules/http-server/bin/http-server", "/public", "-p", "8000", "-a", "0.0.0.0", "-c-1"]',
  ],
};

/** The Engine that `CODE_DOCKER_HOST` names, or the usual one. Errors: in one line, where none answers. */
export async function findEngine(environment: NodeJS.ProcessEnv): Promise<DockerEngine> {
  const settings = loadSettings('', environment, {});
  const { state, message } = await lookAtDocker(settings, AbortSignal.timeout(30_000));
  if (state === 'ok') return new DockerEngine(dockerEngine(settings));
  throw new Error(
    `${message}. Start one (systemctl start docker), or name another: CODE_DOCKER_HOST=unix:///PATH npm run demo -- --runtime docker. Without Docker: npm run demo.`,
  );
}

/** Node.js, and the web server of the shop's static pages with all that it depends on. */
export function makeBase(engine: DockerEngine): Promise<void> {
  return nodeImage(engine, baseImage, [], (root) => layPackage(root, 'http-server', new Set()));
}

async function layPackage(root: string, name: string, laid: Set<string>): Promise<void> {
  if (laid.has(name)) return;
  laid.add(name);
  const place = join(modules, name);
  await cp(place, join(root, 'opt/node_modules', name), { recursive: true });
  const { dependencies = {} } = JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  for (const one of Object.keys(dependencies)) await layPackage(root, one, laid);
}

/** Makes of a copy of the shop one whose services are built and run by a Docker Engine. */
export async function contain(shop: string, runtime: string): Promise<void> {
  for (const [service, lines] of Object.entries(dockerfiles))
    await writeFile(join(shop, service, 'Dockerfile'), `${[`FROM ${baseImage}`, ...lines].join('\n')}\n`);
  const path = join(shop, 'code.yaml');
  const manifest = await readFile(path, 'utf8');
  const built = manifest.replaceAll(/run: \{ command: .*, directory: (\.\/\w+) \}/g, 'build: $1');
  if (built.split('build: ').length !== Object.keys(dockerfiles).length + 1)
    throw new Error(`${path} has other services than the demo knows`);
  // A Swarm looks for a place first, and makes a network for each task: on a small machine that takes longer than the shop gives its processes.
  const paced =
    runtime === 'swarm' ? built.replaceAll('timeout: 2s, ', '').replaceAll('deadline: 15s', 'timeout: 10s, deadline: 45s') : built;
  await writeFile(path, `${paced}environments: { default: { runtime: ${runtime} } }\n`);
}

/** Images and volumes outlive the engine that made them: of a home that is gone nobody needs them. */
export async function removeTraces(engine: DockerEngine, home: string): Promise<void> {
  const having = (filters: Readonly<Record<string, readonly string[]>>) => `filters=${encodeURIComponent(JSON.stringify(filters))}`;
  const ofHome = having({ label: [`codectl.home=${shortDigest(digestOf(resolve(home)), 16)}`] });
  for (const which of [ofHome, having({ reference: [baseImage] })])
    for (const { Id } of await engine.json<readonly { readonly Id: string }[]>(`/images/json?${which}`))
      await engine.send('DELETE', `/images/${Id}?force=1`);
  const { Volumes } = await engine.json<{ readonly Volumes: readonly { readonly Name: string }[] | null }>(`/volumes?${ofHome}`);
  for (const { Name } of Volumes ?? []) await engine.send('DELETE', `/volumes/${Name}`);
}
