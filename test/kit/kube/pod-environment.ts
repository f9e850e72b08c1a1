// The environment of a container: from ConfigMaps and Secrets, later ones first to be believed, then what is named one by one.
import type { Objects, Stored } from './objects.ts';

interface Source {
  readonly configMapRef?: { readonly name: string };
  readonly secretRef?: { readonly name: string };
}
interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
  };
}

/** What is missing, in words, where something is. */
export function environmentOf(pod: Stored, objects: Objects): Readonly<Record<string, string>> | string {
  const [container] = (pod['spec'] as { containers: readonly { envFrom?: readonly Source[]; env?: readonly Variable[] }[] }).containers;
  const found: Record<string, string> = {};
  for (const source of container?.envFrom ?? []) {
    const values = valuesOf(source, objects);
    if (typeof values === 'string') return values;
    Object.assign(found, values);
  }
  for (const variable of container?.env ?? []) {
    const one = valueOf(variable, { pod, objects, found });
    if ('missing' in one) return one.missing;
    found[variable.name] = one.value;
  }
  return found;
}

interface Known {
  readonly pod: Stored;
  readonly objects: Objects;
  readonly found: Readonly<Record<string, string>>;
}

function valueOf(
  { value = '', valueFrom: { fieldRef, secretKeyRef } = {} }: Variable,
  { pod, objects, found }: Known,
): { readonly value: string } | { readonly missing: string } {
  if (fieldRef?.fieldPath === 'metadata.name') return { value: pod.metadata.name };
  if (!secretKeyRef)
    return { value: value.replace(/\$(\$|\((\w+)\))/g, (all, _inner, key?: string) => (key === undefined ? '$' : (found[key] ?? all))) };
  const { name, key } = secretKeyRef;
  const values = valuesOf({ secretRef: secretKeyRef }, objects);
  if (typeof values === 'string') return { missing: values };
  const one = values[key];
  return one === undefined ? { missing: `couldn't find key ${key} in Secret shop/${name}` } : { value: one };
}

function valuesOf({ configMapRef, secretRef }: Source, objects: Objects): Readonly<Record<string, string>> | string {
  const [kind, name] = configMapRef ? ['ConfigMap', configMapRef.name] : ['Secret', secretRef?.name ?? ''];
  const data = objects.get(kind, name)?.['data'] as Record<string, string> | undefined;
  if (!data) return `${kind.toLowerCase()} "${name}" not found`;
  if (kind === 'ConfigMap') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}
