// What an artifact consists of, from the files that tell of it. What is known to tell something and is not read here is named.
import type { Digest } from '../../../base/digest.ts';
import { asCodeError } from '../../../base/errors.ts';
import type { Bytes } from '../../../base/units.ts';
import { formatBytes } from '../../../base/units.ts';
import type { Component, Inventory, Unread } from '../../../model/supply/component.ts';
import { npmManifest } from './npm.ts';
import type { Reader, System, Told } from './reader.ts';
import { nameOf } from './reader.ts';
import { readers } from './readers.ts';
import { systemFiles, systemIn } from './system.ts';

export interface ContentFile {
  readonly path: string;
  readonly size: Bytes;
  /** Of its content, where that is known. */
  readonly digest?: Digest;
}

/** The files of an artifact. */
export interface Contents {
  readonly files: readonly ContentFile[];
  read(path: string): Promise<string>;
}

const largest = 128 * 2 ** 20;

/** Locks of package systems that nothing here reads. */
const foreign = new Set(
  (
    'bun.lock bun.lockb Gemfile.lock composer.lock mix.lock pom.xml build.gradle build.gradle.kts gradle.lockfile packages.lock.json ' +
    'Podfile.lock pubspec.lock conan.lock deno.lock rebar.lock stack.yaml.lock cabal.project.freeze renv.lock Package.resolved environment.yml'
  ).split(' '),
);

export async function inventoryOf(contents: Contents, signal: AbortSignal): Promise<Inventory> {
  const paths = new Set(contents.files.map(({ path }) => path));
  const system = await systemOf(contents, paths);
  const components: Component[] = [];
  const unread: Unread[] = [];
  for (const file of contents.files) {
    signal.throwIfAborted();
    const reader = readerOf(file.path, paths);
    const told: Told = reader ? await tell(contents, file, reader, system) : { components: [], because: strangeness(file.path) };
    components.push(...told.components);
    const { because } = told;
    if (because !== undefined) unread.push({ path: file.path, because });
  }
  return { components: joined(components), unread };
}

/** Whether the content of a file so named is read: nothing else of an artifact has to be at hand. */
export function tells(path: string): boolean {
  return systemFiles.includes(path) || npmManifest.reads(path) || readers.some((one) => one.reads(path));
}

async function systemOf(contents: Contents, paths: ReadonlySet<string>): Promise<System | undefined> {
  for (const path of systemFiles) if (paths.has(path)) return systemIn(await contents.read(path));
  return undefined;
}

function readerOf(path: string, paths: ReadonlySet<string>): Reader | undefined {
  // What go.mod says is what is built; go.sum says more than that.
  if (nameOf(path) === 'go.sum' && paths.has(path.replace(/go\.sum$/, 'go.mod'))) return undefined;
  if (npmManifest.reads(path) && !isLocked(path.slice(0, -nameOf(path).length), paths)) return npmManifest;
  return readers.find((one) => one.reads(path));
}

async function tell(contents: Contents, { path, size }: ContentFile, reader: Reader, system: System | undefined): Promise<Told> {
  if (size > largest) return { components: [], because: `it is larger than ${formatBytes(largest)}` };
  try {
    return reader.read({ path, text: await contents.read(path) }, system);
  } catch (thrown) {
    const { message } = asCodeError(thrown);
    return { components: [], because: `it cannot be read: ${message.split('\n')[0]}` };
  }
}

/** Several files may tell of one component, and one file several times. Sorted by purl. */
export function joined(told: readonly Component[]): readonly Component[] {
  const components = new Map<string, Component>();
  for (const one of told) {
    const known = components.get(one.purl);
    const licence = known?.licence ?? one.licence;
    const found = [...new Set([...(known?.found ?? []), ...one.found])].sort();
    components.set(one.purl, { ...one, ...(licence !== undefined && { licence }), found });
  }
  return [...components.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
}

/** Why a file that no reader takes leaves something open. */
function strangeness(path: string): string | undefined {
  if (/^(?:var\/lib|usr\/lib\/sysimage)\/rpm\//.test(path)) return 'packages of RPM are not read here';
  const name = nameOf(path);
  return foreign.has(name) && !path.includes('node_modules/') ? `${name} is not read here` : undefined;
}

/** Those that are not read are told of by themselves. */
const locks = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  'node_modules/.package-lock.json',
];

/** In its directory or one above: a workspace has one lock. */
function isLocked(directory: string, paths: ReadonlySet<string>): boolean {
  for (let at = directory; ; at = at.replace(/[^/]+\/$/, '')) {
    if (locks.some((name) => paths.has(`${at}${name}`))) return true;
    if (at === '') return false;
  }
}
