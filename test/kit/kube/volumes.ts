// What the API demands of volumes and of where they are mounted, beside the schema.
import type { Part } from './objects.ts';

interface Volume {
  readonly name?: string;
  readonly secret?: {
    readonly secretName?: string;
    readonly defaultMode?: number;
    readonly items?: readonly { key?: string; path?: string }[];
  };
}
interface Mount {
  readonly name: string;
  readonly mountPath?: string;
  readonly subPath?: string;
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function volumeFaults(volumes: readonly Volume[]): readonly string[] {
  const names = volumes.map((one) => one.name ?? '');
  return volumes.flatMap(({ name = '', ...sources }, at) => [
    ...(label.test(name) ? [] : [`volumes[${at}].name: Invalid value: "${name}"`]),
    ...(names.indexOf(name) === at ? [] : [`volumes[${at}].name: Duplicate value: "${name}"`]),
    ...(Object.keys(sources).length === 1 ? [] : [`volumes[${at}]: must specify exactly 1 volume type`]),
    ...(sources.secret ? secretFaults(sources.secret).map((one) => `volumes[${at}].secret.${one}`) : []),
  ]);
}

function secretFaults({ secretName = '', defaultMode = 0o644, items = [] }: NonNullable<Volume['secret']>): readonly string[] {
  const fits = Number.isInteger(defaultMode) && defaultMode >= 0 && defaultMode <= 0o777;
  return [
    ...(secretName === '' ? ['secretName: Required value'] : []),
    ...(fits ? [] : [`defaultMode: Invalid value: ${defaultMode}: must be a number between 0 and 0777 (octal), both inclusive`]),
    ...items.flatMap(({ key = '', path = '' }, at) => [
      ...(key === '' ? [`items[${at}].key: Required value`] : []),
      ...(isInside(path) ? [] : [`items[${at}].path: Invalid value: "${path}"`]),
    ]),
  ];
}

export function mountFaults(mounts: readonly Mount[], volumes: ReadonlySet<string>): readonly string[] {
  const places = mounts.map((one) => one.mountPath ?? '');
  return mounts.flatMap(({ name, mountPath = '', subPath }, at) => [
    ...(volumes.has(name) ? [] : [`volumeMounts: Not found: "${name}"`]),
    ...(mountPath === '' ? [`volumeMounts[${at}].mountPath: Required value`] : []),
    ...(places.indexOf(mountPath) === at ? [] : [`volumeMounts[${at}].mountPath: Invalid value: "${mountPath}": must be unique`]),
    ...(subPath === undefined || isInside(subPath) ? [] : [`volumeMounts[${at}].subPath: Invalid value: "${subPath}"`]),
  ]);
}

export function variableFaults(
  env: readonly (Part & { readonly name: string; readonly value?: string; readonly valueFrom?: Part })[],
): readonly string[] {
  return env.flatMap(({ name, value, valueFrom }) => [
    ...(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name) ? [] : [`env[${name}]: Invalid value`]),
    ...(value && valueFrom ? [`env[${name}].valueFrom: may not be specified when \`value\` is not empty`] : []),
    ...(valueFrom && Object.keys(valueFrom).length !== 1
      ? [`env[${name}].valueFrom: may not have more than one field specified at a time`]
      : []),
  ]);
}

/** Relative, and below where it begins. */
function isInside(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.split('/').includes('..');
}
