// Secrets as files of one container: in memory that is its own, there before it runs, and gone with it.
import { CodeError } from '../../../../base/errors.ts';
import { numbersOf } from '../../../../model/container/rights.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import { refusedWith } from '../client.ts';
import { containerName, label } from '../names.ts';
import type { Container } from '../shapes.ts';
import { created } from '../shapes.ts';
import type { Site } from '../site.ts';
import type { TarEntry } from '../tar.ts';
import { tarOf } from '../tar.ts';

const place = '/run/secrets';
/** How often it is looked whether all is there, in milliseconds, and how long an Engine may take to write it. */
const pace = { poll: 20, most: 60_000 };

type Values = Readonly<Record<string, string>>;

interface Told {
  readonly variables: Values;
  readonly files: Values;
}

/** What goes into the environment – for files where they are – and what becomes a file. */
export function secretsIn({ replicaSet, secrets }: Pick<StartRequest, 'replicaSet' | 'secrets'>): Told {
  const wanted = new Set(replicaSet.release.run.secretFiles);
  const [files = [], values = []] = [true, false].map((asFile) => Object.entries(secrets).filter(([name]) => wanted.has(name) === asFile));
  const paths = files.map(([name]) => [`${name}_FILE`, `${place}/${name}`]);
  return { variables: Object.fromEntries([...values, ...paths]), files: Object.fromEntries(files) };
}

/**
 * A volume without a name, which goes with its container, and whose file system is memory: the Engine makes it when somebody first uses it, and
 * throws it away after the last. A tmpfs of the container itself could not be written to before it runs.
 */
export function secretMounts({ files }: Told): readonly Readonly<Record<string, unknown>>[] {
  if (Object.keys(files).length === 0) return [];
  const Options = { type: 'tmpfs', device: 'tmpfs', o: 'mode=0755,size=16m,nosuid,nodev,noexec' };
  return [{ Type: 'volume', Target: place, VolumeOptions: { NoCopy: true, DriverConfig: { Name: 'local', Options } } }];
}

export function hasSecretFiles({ Mounts }: Container): boolean {
  return Mounts?.some(({ Destination }) => Destination === place) === true;
}

interface Holding {
  readonly request: StartRequest;
  /** Of the container, as the Engine knows it. */
  readonly image: string;
  readonly user: string;
  readonly start: () => Promise<void>;
}

/**
 * Starts a container that was created, with its files in it. They are uploaded through another container, never started, that has the same
 * memory; and that upload is not ended before the first one runs: until then nothing else keeps what was written.
 */
export async function startWithSecrets(site: Site, { request, image, user, start }: Holding, signal: AbortSignal): Promise<void> {
  const { files } = secretsIn(request);
  if (Object.keys(files).length === 0) return start();
  const name = containerName(site.homeId, request.id);
  const holder = holderOf(name);
  const running = Promise.withResolvers<void>();
  const over = new AbortController();
  await makeHolder(site, { holder, name, image }, signal);
  try {
    const within = AbortSignal.any([signal, over.signal]);
    const sent = upload(site, holder, entriesOf(files, user, running.promise), within);
    // What is refused is known at once; what is taken goes on until the container runs.
    const refused = sent.then((): Promise<never> => new Promise(() => undefined));
    await Promise.race([refused, whenThere(site, name, Object.keys(files), within)]);
    await start();
    running.resolve();
    await sent;
  } finally {
    running.resolve();
    over.abort(new Error('the start has ended'));
    await dropHolder(site, name, site.lifetime.signal).catch(() => undefined);
  }
}

/** What a crash may have left of a start; idempotent. */
export async function dropHolder(site: Site, name: string, signal: AbortSignal): Promise<void> {
  try {
    await site.engine.run({ method: 'DELETE', path: `/containers/${holderOf(name)}`, query: { force: true } }, signal);
  } catch (thrown) {
    if (!refusedWith(thrown, 404, 409)) throw thrown;
  }
}

function holderOf(name: string): string {
  return `${name}-secrets`;
}

async function makeHolder(
  site: Site,
  { holder, name, image }: { readonly holder: string; readonly name: string; readonly image: string },
  signal: AbortSignal,
): Promise<void> {
  const json = {
    Image: image,
    Cmd: ['-'],
    Labels: { [label.home]: site.homeId },
    HostConfig: { VolumesFrom: [`${name}:rw`], NetworkMode: 'none' },
  };
  await dropHolder(site, name, signal);
  await site.engine.json(created, { method: 'POST', path: '/containers/create', query: { name: holder }, json }, signal);
}

/** A user that is a name is the image's to know: then everybody inside may read, as with what a Swarm gives. */
async function* entriesOf(files: Values, user: string, running: Promise<void>): AsyncGenerator<TarEntry> {
  const owner = numbersOf(user);
  const rights = owner ? { mode: 0o400, uid: Number(owner.uid), gid: Number(owner.gid) } : { mode: 0o444 };
  for (const [path, value] of Object.entries(files)) yield { path, ...rights, content: Buffer.from(value) };
  await running;
}

async function upload(site: Site, holder: string, entries: AsyncIterable<TarEntry>, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/x-tar' };
  const request = { method: 'PUT', path: `/containers/${holder}/archive`, query: { path: place }, headers, unhurried: true } as const;
  await site.engine.run({ ...request, body: tarOf(entries) }, signal);
}

/** The time of a file is the last that the Engine sets of it, and they come one after the other: with that of the last all is whole. */
async function whenThere(site: Site, name: string, files: readonly string[], signal: AbortSignal): Promise<void> {
  const path = `/containers/${name}/archive`;
  const query = { path: `${place}/${files.at(-1)}` };
  for (const until = site.clock.now() + pace.most; site.clock.now() < until; await site.clock.sleep(pace.poll, signal))
    try {
      const answer = await site.engine.stream({ method: 'HEAD', path, query }, signal);
      answer.close();
      const said = Buffer.from(answer.header('x-docker-container-path-stat') ?? '', 'base64').toString();
      if (said.includes('"mtime":"1970-01-01T00:00:00Z"')) return;
    } catch (thrown) {
      if (!refusedWith(thrown, 404)) throw thrown;
    }
  throw new CodeError('runtime_unavailable', 'The Docker Engine did not write the files of secrets.', {
    hint: 'Look at the log of the Docker Engine. Without "as: file" in secrets the service gets them in its environment.',
  });
}
