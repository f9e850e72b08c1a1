// Package URLs (https://github.com/package-url/purl-spec) of the kinds of packages that are read here.
import type { AdvisedName, Component } from '../../model/supply/component.ts';

type Draft = Pick<Component, 'licence'> & { readonly path: string };

const encoded = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
const pathOf = (name: string): string => name.split('/').map(encoded).join('/');

function component(
  type: string,
  name: string,
  version: string,
  advised: AdvisedName,
  { licence, path }: Draft,
  qualifiers = '',
): Component {
  const purl = `pkg:${type}/${pathOf(name)}@${encoded(version)}${qualifiers}`;
  return { name, version, purl, advised, ...(licence !== undefined && { licence }), found: [path] };
}

export function npmComponent(name: string, version: string, draft: Draft): Component {
  return component('npm', name, version, { ecosystem: 'npm', name, version }, draft);
}

/** PEP 503: letters in one case, and one dash for each run of separators. */
export function pythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

export function pythonComponent(given: string, version: string, draft: Draft): Component {
  const name = pythonName(given);
  return component('pypi', name, version, { ecosystem: 'PyPI', name, version }, draft);
}

/** The version begins with `v` in Go, and without it in its advisories. */
export function goComponent(name: string, version: string, draft: Draft): Component {
  const advised = { ecosystem: 'Go', name, version: version.replace(/^v/, '') };
  return { ...component('golang', name.toLowerCase(), version, advised, draft), name };
}

export function cargoComponent(name: string, version: string, draft: Draft): Component {
  return component('cargo', name, version, { ecosystem: 'crates.io', name, version }, draft);
}

/** A package of a distribution; advisories speak of the source that it was built from. */
export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  readonly source: { readonly name: string; readonly version: string };
  /** As `etc/os-release` has it: `debian` and `12`. */
  readonly system: { readonly id: string; readonly release?: string };
}

export function debianComponent({ name, version, architecture, source, system }: SystemPackage, draft: Draft): Component {
  const ecosystem = `${system.id === 'ubuntu' ? 'Ubuntu' : 'Debian'}${system.release === undefined ? '' : `:${system.release}`}`;
  const qualifiers = qualifiersOf(architecture, system);
  return { ...component('deb', `${system.id}/${name}`, version, { ecosystem, ...source }, draft, qualifiers), name };
}

export function alpineComponent({ name, version, architecture, source, system }: SystemPackage, draft: Draft): Component {
  const [, release] = /^(\d+\.\d+)/.exec(system.release ?? '') ?? [];
  const ecosystem = `Alpine${release === undefined ? '' : `:v${release}`}`;
  return { ...component('apk', `alpine/${name}`, version, { ecosystem, ...source }, draft, qualifiersOf(architecture, system)), name };
}

function qualifiersOf(architecture: string | undefined, { id, release }: SystemPackage['system']): string {
  const all = [
    ...(architecture === undefined ? [] : [`arch=${encoded(architecture)}`]),
    ...(release === undefined ? [] : [`distro=${encoded(`${id}-${release}`)}`]),
  ];
  return all.length === 0 ? '' : `?${all.join('&')}`;
}
