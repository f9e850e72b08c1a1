// The application as images, made without a registry: one with this Node.js and HAProxy, and one a version on top of it.
import { join } from 'node:path';
import { ensureDirectory, removeTree, writeFileAtomic } from '../../../../platform/files.ts';
import { programPath } from '../../proxies/proxy.ts';
import { writeApplication } from '../application.ts';
import { environment, run } from '../contender.ts';
import type { PrivateDocker } from './docker.ts';

const base = 'bench-base';
export const port = 8080;

/** Every path inside is the path outside. */
export async function importBase(docker: PrivateDocker, node: string, signal: AbortSignal): Promise<string> {
  const where = { cwd: docker.root, env: environment() };
  const programs = [node, programPath('haproxy') ?? 'haproxy'];
  const needed = await run(['ldd', ...programs], where, signal);
  const archive = join(docker.root, 'base.tar');
  // Absolute paths, and what links point to instead of the links.
  await run(['tar', '-chPf', archive, ...new Set([...programs, ...librariesIn(needed)])], where, signal);
  await docker.docker(['import', archive, base], signal);
  await removeTree(archive);
  return base;
}

/** The files that `ldd` names, the loader among them; what the kernel provides itself is none. */
export function librariesIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => /(?:=>\s*|^\s*)(\/\S+)\s\(/.exec(line)?.[1] ?? []);
}

const check = `require('node:http')
  .get({ host: '127.0.0.1', port: ${port}, path: '/healthz', timeout: 2000 }, (response) => process.exit(response.statusCode === 200 ? 0 : 1))
  .on('error', () => process.exit(1));
`;

/** The image's id: a name would make the Swarm ask a registry for it. */
export async function buildVersion(docker: PrivateDocker, version: string, call: ImageCall): Promise<string> {
  const directory = join(docker.root, 'image');
  await ensureDirectory(directory);
  await writeApplication(directory, version);
  await writeFileAtomic(join(directory, 'check.js'), check);
  const { node, checkEvery } = call;
  const health = `HEALTHCHECK --interval=${checkEvery}s --timeout=10s --retries=3 CMD ${JSON.stringify([node, '/check.js'])}`;
  const lines = [`FROM ${base}`, 'COPY server.js check.js /', `CMD ${JSON.stringify([node, '/server.js'])}`];
  await writeFileAtomic(join(directory, 'Dockerfile'), [...lines, ...(checkEvery === undefined ? [] : [health])].join('\n'));
  return docker.docker(['build', '--quiet', directory], call.signal);
}

export interface ImageCall {
  readonly node: string;
  /** Seconds; without it, there is no health check. */
  readonly checkEvery: number | undefined;
  readonly signal: AbortSignal;
}
