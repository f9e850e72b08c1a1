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
  for (const { name, value, valueFrom } of container?.env ?? []) {
    const { fieldRef, secretKeyRef } = valueFrom ?? {};
    if (secretKeyRef) {
      const values = valuesOf({ secretRef: secretKeyRef }, objects);
      if (typeof values === 'string') return values;
      const one = values[secretKeyRef.key];
      if (one === undefined) return `couldn't find key ${secretKeyRef.key} in Secret shop/${secretKeyRef.name}`;
      found[name] = one;
    } else if (fieldRef?.fieldPath === 'metadata.name') found[name] = pod.metadata.name;
    else
      found[name] = (value ?? '').replace(/\$(\$|\((\w+)\))/g, (all, _inner, key?: string) =>
        key === undefined ? '$' : (found[key] ?? all),
      );
  }
  return found;
}

function valuesOf({ configMapRef, secretRef }: Source, objects: Objects): Readonly<Record<string, string>> | string {
  const [kind, name] = configMapRef ? ['ConfigMap', configMapRef.name] : ['Secret', secretRef?.name ?? ''];
  const data = objects.get(kind, name)?.['data'] as Record<string, string> | undefined;
  if (!data) return `${kind.toLowerCase()} "${name}" not found`;
  if (kind === 'ConfigMap') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}
