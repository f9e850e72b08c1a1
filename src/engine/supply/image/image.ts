// What can be seen in an image, as the contents of an artifact; and what keeps it from being all that tells of packages.
import type { ContentFile, Contents } from '../inventory/inventory.ts';
import { tells } from '../inventory/inventory.ts';
import { apk, dpkg, systemFiles } from '../inventory/system.ts';
import { layersOf } from './export.ts';
import type { ImageBudget, LayerFile } from './layer.ts';
import { above, ledTo } from './names.ts';
import { overlaid } from './overlay.ts';

export interface ImageContents {
  readonly contents: Contents;
  readonly gaps: readonly string[];
}

type Files = ReadonlyMap<string, LayerFile>;

const mostHops = 8;
/** Where the lists of distributions are: what lies behind a link there would go unseen. */
const lists = ['var/lib/dpkg/status.d', 'lib/apk/db', 'usr/lib/apk/db', 'var/lib/rpm', 'usr/lib/sysimage/rpm'];
const listPlaces: readonly string[] = [...new Set(lists.flatMap((path) => [path, ...above(path)]))];
/** A merged /usr: what it leads to is looked for by itself. */
const merged = new Set(['usr/lib', 'usr/lib/sysimage/rpm']);

/** `chunks`: as `docker save` writes it. Throws an `Error` with the reason why it cannot be read. */
export async function imageContents(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal, limits?: ImageBudget): Promise<ImageContents> {
  const files: Files = await overlaid(await layersOf(chunks, tells, signal, limits), signal);
  const seen = [...files.values()].flatMap((file): ContentFile[] => (isShown(file, files) ? [{ path: file.path, size: file.size }] : []));
  seen.sort((a, b) => (a.path < b.path ? -1 : 1));
  const contents: Contents = { files: seen, read: async (path) => textOf(path, files) };
  return { contents, gaps: [...hiddenLists(files), ...listGap(contents)] };
}

/** Of a link, only what would tell something: that is read through it, or not read, with the reason. */
function isShown(file: LayerFile, files: Files): boolean {
  if (file.kind === 'file') return true;
  if (file.kind !== 'link' || !tells(file.path)) return false;
  return behind(file, files) !== undefined || !systemFiles.includes(file.path);
}

function textOf(path: string, files: Files): string {
  const file = files.get(path);
  const found = file && (file.kind === 'link' ? behind(file, files) : file);
  if (found?.content) return Buffer.from(found.content).toString('utf8');
  if (file?.kind === 'link') throw new Error(`it is a link to ${JSON.stringify(file.target.slice(0, 200))}, which is not followed`);
  throw new Error('it is larger than what is kept of an image');
}

/** Links to files; those of directories on the way are not followed. */
function behind(link: LayerFile, files: Files): LayerFile | undefined {
  let at: LayerFile | undefined = link;
  for (let hops = 0; hops < mostHops && at?.kind === 'link'; hops += 1) at = files.get(ledTo(at.path, at.target));
  return at?.content ? at : undefined;
}

function hiddenLists(files: Files): readonly string[] {
  return listPlaces.flatMap((path) => {
    const file = files.get(path);
    if (file?.kind !== 'link' || merged.has(ledTo(path, file.target))) return [];
    return [`${path} is a link to ${JSON.stringify(file.target.slice(0, 200))}: lists of packages behind it are not read`];
  });
}

/** A distribution without a list of its packages, or with one of a kind that nobody reads here. */
function listGap({ files }: Contents): readonly string[] {
  const system = files.find(({ path }) => systemFiles.includes(path));
  if (!system || files.some(({ path }) => dpkg.reads(path) || apk.reads(path) || /^(?:var\/lib|usr\/lib\/sysimage)\/rpm\//.test(path)))
    return [];
  return [`it is of a distribution (${system.path}), and no list of its packages is read here`];
}
