// What an install may do to a machine: no script runs, nothing comes from outside the registry, everything is pinned and hashed.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Lock {
  readonly lockfileVersion?: number;
  /** Path in the tree (`''`: the root; `tools/x`: a workspace; `node_modules/…`: installed) → what stands there. */
  readonly packages?: Readonly<Record<string, LockedPackage>>;
}

export interface LockedPackage extends Manifest {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

export interface Manifest {
  readonly dependencies?: Wanted;
  readonly devDependencies?: Wanted;
  readonly optionalDependencies?: Wanted;
}

type Wanted = Readonly<Record<string, string>>;

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

/**
 * One sentence for each fault of a package-lock.json (version 3). `manifests` are the package.json files of the root and of the workspaces,
 * by their path in the lock.
 */
export function checkLock(lock: Lock, manifests: Readonly<Record<string, Manifest>>): readonly string[] {
  const packages = Object.entries(lock.packages ?? {});
  const installed = packages.filter(([path]) => path.includes('node_modules/'));
  if (installed.length === 0) return ['package-lock.json lists no installed package; run npm install with npm 9 or newer.'];
  return [
    ...installed.flatMap(([path, locked]) => lockedFaults(path, locked)),
    ...Object.entries(manifests).flatMap(([path, manifest]) => manifestFaults(path, manifest, lock)),
  ];
}

function lockedFaults(path: string, locked: LockedPackage): readonly string[] {
  if (locked.link) return [];
  const faults: string[] = [];
  if (locked.hasInstallScript) faults.push(`${path} runs a script when it is installed; choose a package that brings what it needs.`);
  if (locked.resolved?.includes(':'))
    faults.push(`${path} is fetched from ${locked.resolved}; depend on a version of the registry, whose address each machine sets.`);
  if (!locked.integrity?.startsWith('sha512-') && !locked.inBundle)
    faults.push(`${path} has no SHA-512 integrity; delete its entry and run npm install.`);
  return faults;
}

function manifestFaults(path: string, manifest: Manifest, lock: Lock): readonly string[] {
  const file = join(path, 'package.json');
  const locked = lock.packages?.[path];
  return kinds.flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}).flatMap(([name, version]) => {
      if (!/^\d+\.\d+\.\d+(?:-[\w.-]+)?$/.test(version)) return [`${file} asks for ${name} ${version}; pin one exact version.`];
      const inLock = locked?.[kind]?.[name];
      if (inLock !== version)
        return [`${file} asks for ${name} ${version}, the lock for ${inLock ?? 'none'}; run npm install and commit both.`];
      return [];
    }),
  );
}

/** Reads the lock and every manifest of our own that it names. */
export function checkRepository(directory: string): readonly string[] {
  const lock = readJson(join(directory, 'package-lock.json')) as Lock;
  const own = Object.keys(lock.packages ?? {}).filter((path) => !path.includes('node_modules/'));
  const manifests = own.map((path) => [path, readJson(join(directory, path, 'package.json')) as Manifest] as const);
  return checkLock(lock, Object.fromEntries(manifests));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

if (import.meta.main) {
  const faults = checkRepository(resolve(import.meta.dirname, '..', '..'));
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
