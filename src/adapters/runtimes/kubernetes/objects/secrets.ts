// How a pod gets its secrets: as variables, and as files in the memory of its node, which stay as they were when its container began. Pure.
import type { RunSpec } from '../../../../model/release.ts';

type Part = Readonly<Record<string, unknown>>;

export interface GivenSecrets {
  readonly envFrom: readonly Part[];
  readonly env: readonly Part[];
  readonly mounts: readonly Part[];
  readonly volumes: readonly Part[];
}

const place = '/run/secrets';
/** For root, who writes them there, and the group of the pod: a node lets nobody own such files but root. */
const mode = 0o440;

/** `name`: of the Secret with all values. Without files it is taken as a whole. */
export function secretsOf(
  name: string,
  { secretFiles = [] }: Pick<RunSpec, 'secretFiles'>,
  values: Readonly<Record<string, string>>,
): GivenSecrets {
  const keys = Object.keys(values);
  const files = keys.filter((key) => secretFiles.includes(key));
  if (files.length === 0) return { envFrom: keys.length > 0 ? [{ secretRef: { name } }] : [], env: [], mounts: [], volumes: [] };
  const variables = keys.filter((key) => !secretFiles.includes(key));
  return {
    envFrom: [],
    env: [
      ...variables.map((key) => ({ name: key, valueFrom: { secretKeyRef: { name, key } } })),
      ...files.map((key) => ({ name: `${key}_FILE`, value: `${place}/${key}` })),
    ],
    // One by one: a node writes anew what is mounted as a whole, and a value would change in what runs.
    mounts: files.map((key) => ({ name: 'secrets', mountPath: `${place}/${key}`, subPath: key, readOnly: true })),
    volumes: [{ name: 'secrets', secret: { secretName: name, defaultMode: mode, items: files.map((key) => ({ key, path: key })) } }],
  };
}
