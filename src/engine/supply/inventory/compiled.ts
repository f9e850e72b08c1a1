// Go and Rust: go.mod, go.sum where there is no go.mod beside it, and Cargo.lock.
import { parse } from 'smol-toml';
import { cargoComponent, goComponent } from '../../../decide/supply/purl.ts';
import type { Component } from '../../../model/supply/component.ts';
import type { Reader } from './reader.ts';
import { isRecord, nameOf, skipped, textIn } from './reader.ts';

/** From Go 1.17 on, go.mod names every module that is built in, each with the version that was chosen. */
export const goMod: Reader = {
  reads: (path) => nameOf(path) === 'go.mod',
  read: ({ path, text }) => {
    const lines = directivesOf(text);
    const replaced = new Map(lines.flatMap(({ verb, rest }) => (verb === 'replace' ? replacement(rest) : [])));
    const required = lines.filter(({ verb }) => verb === 'require').map(({ rest }) => rest.split(/\s+/));
    const local: string[] = [];
    const components = required.flatMap(([name = '', version = '']): Component[] => {
      const to = replaced.get(name) ?? replaced.get(`${name} ${version}`) ?? { name, version };
      if (to.version === '') local.push(name);
      return to.version === '' ? [] : [goComponent(to.name, to.version, { licence: undefined, path })];
    });
    return { components, because: skipped(local, 'are replaced by directories') };
  },
};

interface Directive {
  readonly verb: string;
  readonly rest: string;
}

/** `require a v1` and the lines of `require ( … )` alike. */
function directivesOf(text: string): readonly Directive[] {
  const found: Directive[] = [];
  let block: string | undefined;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.replace(/\/\/.*$/, '').trim();
    if (line === '') continue;
    const [, verb = '', rest = ''] = /^(\w+)\s*(.*)$/.exec(line) ?? [];
    if (block === undefined && rest === '(') block = verb;
    else if (line === ')') block = undefined;
    else found.push(block === undefined ? { verb, rest } : { verb: block, rest: line });
  }
  return found;
}

/** `old [version] => new [version]`; a path instead of a module has no version. */
function replacement(rest: string): readonly (readonly [string, { readonly name: string; readonly version: string }])[] {
  const [from = '', to = ''] = rest.split('=>').map((side) => side.trim());
  const [name = '', version = ''] = to.split(/\s+/);
  return [[from, { name, version }]];
}

/** It may list versions that were only looked at. */
export const goSum: Reader = {
  reads: (path) => nameOf(path) === 'go.sum',
  read: ({ path, text }) => {
    const lines = text.split(/\r?\n/).map((line) => line.split(' '));
    const components = lines.flatMap(([name, version]): Component[] =>
      name === undefined || version === undefined || version.endsWith('/go.mod')
        ? []
        : [goComponent(name, version, { licence: undefined, path })],
    );
    return { components };
  },
};

export const cargoLock: Reader = {
  reads: (path) => nameOf(path) === 'Cargo.lock',
  read: ({ path, text }) => {
    const { package: all } = parse(text, { maxDepth: 32 });
    const entries = Array.isArray(all) ? all.filter(isRecord) : [];
    const components = entries.flatMap((entry): Component[] => {
      const [name, version, source] = [textIn(entry, 'name'), textIn(entry, 'version'), textIn(entry, 'source')];
      // What has no source is a crate of the artifact itself.
      if (name === undefined || version === undefined || source?.startsWith('registry+') !== true) return [];
      return [cargoComponent(name, version, { licence: undefined, path })];
    });
    const foreign = entries.filter((entry) => textIn(entry, 'source')?.startsWith('git+')).flatMap((entry) => textIn(entry, 'name') ?? []);
    return { components, because: skipped(foreign, 'come from a repository instead of the registry') };
  },
};
