// What no document from outside may hold, whoever reads it.

// Keys that reach an object's prototype in careless code further down (CWE-1321).
const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export function isRefusedKey(key: string): boolean {
  return refusedKeys.has(key);
}

/** What a record holds itself under a name that came from outside; nothing of its prototype, which has a `constructor`, too. */
export function own<T>(members: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
}

const plainTags: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

/** Of YAML: every other makes objects, or means something to one reader only. */
export function isPlainTag(tag: string | undefined): boolean {
  return tag === undefined || plainTags.has(tag);
}

// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** YAML 1.2, 5.1: such text is none, though its readers let it pass. */
export function hasControls(text: string): boolean {
  return controls.test(text);
}
