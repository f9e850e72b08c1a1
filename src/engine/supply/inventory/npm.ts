// npm: package-lock.json (versions 1 to 3), npm-shrinkwrap.json, and what lies installed in node_modules.
import { npmComponent } from '../../../decide/supply/purl.ts';
import type { Component } from '../../../model/supply/component.ts';
import { parseJson } from '../../../platform/guard/document/json.ts';
import type { Reader, TextFile, Told } from './reader.ts';
import { isRecord, nameOf, recordIn, textIn } from './reader.ts';

const limits = { size: 128 * 2 ** 20, depth: 64, values: 5_000_000 };
const installedPath = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/;

export const npmLock: Reader = {
  reads: (path) => ['package-lock.json', 'npm-shrinkwrap.json'].includes(nameOf(path)) && !path.includes('node_modules/'),
  read: (file) => {
    const lock = parseJson(file.text, limits, file.path);
    const packages = recordIn(lock, 'packages');
    return Object.keys(packages).length > 0 ? fromPackages(packages, file) : { components: fromTree(recordIn(lock, 'dependencies'), file) };
  },
};

function fromPackages(packages: Readonly<Record<string, unknown>>, { path }: TextFile): Told {
  const components = Object.entries(packages).flatMap(([place, entry]): Component[] => {
    const at = place.lastIndexOf('node_modules/');
    // The root, workspaces, and links to them are the artifact itself.
    if (at < 0 || (isRecord(entry) && entry['link'] === true)) return [];
    const version = textIn(entry, 'version');
    if (version === undefined) return [];
    const name = textIn(entry, 'name') ?? place.slice(at + 'node_modules/'.length);
    return [npmComponent(name, version, { licence: textIn(entry, 'license'), path })];
  });
  return { components };
}

/** Version 1 of the lock. */
function fromTree(dependencies: Readonly<Record<string, unknown>>, file: TextFile, depth = 0): readonly Component[] {
  if (depth > limits.depth) return [];
  return Object.entries(dependencies).flatMap(([name, entry]) => {
    const version = textIn(entry, 'version');
    const own = version !== undefined && /^\d/.test(version) ? [npmComponent(name, version, { licence: undefined, path: file.path })] : [];
    return [...own, ...fromTree(recordIn(entry, 'dependencies'), file, depth + 1)];
  });
}

/** Read leniently: published packages give keys twice, and only three texts are wanted. */
export const npmInstalled: Reader = {
  reads: (path) => installedPath.test(path),
  read: ({ path, text }) => {
    const value: unknown = JSON.parse(text);
    const [name, version] = [textIn(value, 'name'), textIn(value, 'version')];
    // Parts of packages have a package.json of their own that names nothing.
    if (name === undefined || version === undefined) return { components: [] };
    return { components: [npmComponent(name, version, { licence: licenceOf(value), path })] };
  },
};

function licenceOf(value: unknown): string | undefined {
  return textIn(value, 'license') ?? textIn(recordIn(value, 'license'), 'type');
}

/** Of a directory without a lock. What was installed all the same is read by itself. */
export const npmManifest: Reader = {
  reads: (path) => nameOf(path) === 'package.json' && !path.includes('node_modules/'),
  read: ({ text }) => {
    const value: unknown = JSON.parse(text);
    const names = ['dependencies', 'optionalDependencies'].flatMap((kind) => Object.keys(recordIn(value, kind)));
    return {
      components: [],
      because: names.length === 0 ? undefined : `no lock says which versions it takes of ${names.slice(0, 3).join(', ')}`,
    };
  },
};
