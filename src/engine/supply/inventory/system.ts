// Packages of distributions: dpkg's status, apk's list, and os-release, which says which distribution it is.
import type { SystemPackage } from '../../../decide/supply/purl.ts';
import { alpineComponent, debianComponent } from '../../../decide/supply/purl.ts';
import type { Component } from '../../../model/supply/component.ts';
import type { Reader, System, Told } from './reader.ts';

export const dpkg: Reader = {
  reads: (path) => /^var\/lib\/dpkg\/status(?:\.d\/[^/]+)?$/.test(path) && !path.endsWith('.md5sums'),
  read: ({ path, text }, system) => {
    const components = text.split(/\n\n+/).flatMap((block): Component[] => {
      const fields = fieldsOf(block, /^([\w-]+):\s*(.*)$/);
      const [name, version, status] = [fields.get('Package'), fields.get('Version'), fields.get('Status')];
      // Removed packages leave their settings behind. The parts of a distroless image have no status.
      if (name === undefined || version === undefined || (status !== undefined && !status.endsWith(' installed'))) return [];
      const [, source = name, of = version] = /^(\S+)(?: \((.+)\))?$/.exec(fields.get('Source') ?? '') ?? [];
      const { id = 'debian', release } = system ?? {};
      const one: SystemPackage = {
        name,
        version,
        architecture: fields.get('Architecture'),
        source: { name: source, version: of },
        // Unstable has no number.
        system: { id, ...(release !== undefined && { release }) },
      };
      return [debianComponent(one, { licence: undefined, path })];
    });
    return withSystem(components, system);
  },
};

export const apk: Reader = {
  reads: (path) => /^(?:lib|usr\/lib)\/apk\/db\/installed$/.test(path),
  read: ({ path, text }, system) => {
    const components = text.split(/\n\n+/).flatMap((block): Component[] => {
      const fields = fieldsOf(block, /^([A-Za-z]):(.*)$/);
      const [name, version] = [fields.get('P'), fields.get('V')];
      if (name === undefined || version === undefined) return [];
      const one: SystemPackage = {
        name,
        version,
        architecture: fields.get('A'),
        source: { name: fields.get('o') ?? name, version },
        system: { id: 'alpine', ...(system?.release !== undefined && { release: system.release }) },
      };
      return [alpineComponent(one, { licence: fields.get('L'), path })];
    });
    return withSystem(components, system);
  },
};

function withSystem(components: readonly Component[], system: System | undefined): Told {
  return system === undefined ? { components, because: 'which distribution it is of was not found (etc/os-release)' } : { components };
}

/** The first line of each field; those that go on are descriptions and lists of files. */
function fieldsOf(block: string, line: RegExp): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const text of block.split('\n')) {
    const [, key, value] = line.exec(text) ?? [];
    if (key !== undefined && value !== undefined && !fields.has(key)) fields.set(key, value);
  }
  return fields;
}

export const systemFiles = ['etc/os-release', 'usr/lib/os-release'];

/** os-release(5) */
export function systemIn(text: string): System | undefined {
  const value = (key: string): string | undefined => new RegExp(`^${key}=["']?([\\w.-]+)["']?$`, 'm').exec(text)?.[1];
  const [id, release] = [value('ID'), value('VERSION_ID')];
  return id === undefined ? undefined : { id, ...(release !== undefined && { release }) };
}
