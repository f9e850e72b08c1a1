// Other locks of JavaScript: pnpm-lock.yaml, and yarn.lock of both kinds.
import { npmComponent } from '../../../decide/supply/purl.ts';
import type { Component } from '../../../model/supply/component.ts';
import { parseYaml } from '../../../platform/guard/document/yaml.ts';
import type { Reader } from './reader.ts';
import { nameOf, recordIn, skipped, textIn } from './reader.ts';

const limits = { size: 64 * 2 ** 20, depth: 32, values: 5_000_000 };

export const pnpmLock: Reader = {
  reads: (path) => nameOf(path) === 'pnpm-lock.yaml' && !path.includes('node_modules/'),
  read: ({ path, text }) => {
    const keys = Object.keys(recordIn(parseYaml(text, limits), 'packages'));
    const components = keys.flatMap((key): Component[] => {
      const found = pnpmKey(key);
      return found ? [npmComponent(found.name, found.version, { licence: undefined, path })] : [];
    });
    return {
      components,
      because: skipped(
        keys.filter((key) => !pnpmKey(key)),
        'are no versions of a registry',
      ),
    };
  },
};

/** `/@scope/name@1.0.0(peer@2)`, before version 6 `/@scope/name/1.0.0_peer@2`, from version 9 without the first slash. */
function pnpmKey(key: string): { readonly name: string; readonly version: string } | undefined {
  const [, name, version] = /^\/?((?:@[^/@]+\/)?[^/@]+)[@/](\d[^(_/]*)/.exec(key) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}

export const yarnLock: Reader = {
  reads: (path) => nameOf(path) === 'yarn.lock' && !path.includes('node_modules/'),
  read: ({ path, text }) =>
    text.includes('\n__metadata:') ? { components: fromBerry(text, path) } : { components: fromClassic(text, path) },
};

function fromBerry(text: string, path: string): readonly Component[] {
  return Object.values(recordIn({ all: parseYaml(text, limits) }, 'all')).flatMap((entry) => {
    // `"lodash@npm:4.17.21"`; what comes from a workspace or a patch is told otherwise.
    const [, name, version] = /^(.+)@npm:(\d[^:]*)$/.exec(textIn(entry, 'resolution') ?? '') ?? [];
    return name === undefined || version === undefined ? [] : [npmComponent(name, version, { licence: undefined, path })];
  });
}

/** A head of `name@range, name@range:`, and below it `version "1.2.3"`. */
function fromClassic(text: string, path: string): readonly Component[] {
  const components: Component[] = [];
  let name: string | undefined;
  for (const line of text.split('\n')) {
    if (/^["\w@]/.test(line)) name = /^"?((?:@[^/@]+\/)?[^@"]+)@/.exec(line)?.[1];
    const [, version] = /^ {2}version "([^"]+)"/.exec(line) ?? [];
    if (name !== undefined && version !== undefined) components.push(npmComponent(name, version, { licence: undefined, path }));
  }
  return components;
}
