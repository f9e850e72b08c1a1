// Pod security at the level "restricted", as the admission of a namespace enforces it: one phrase for each violation.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
import type { Part } from './objects.ts';

interface Rights {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly seccompProfile?: { readonly type?: string };
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
}

const volumes: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const profiles: ReadonlySet<string> = new Set(['RuntimeDefault', 'Localhost']);

export function restricted(spec: Part): readonly string[] {
  const pod = (spec['securityContext'] ?? {}) as Rights;
  const containers = (spec['containers'] ?? []) as readonly (Part & { name: string; securityContext?: Rights })[];
  return [
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((one) => spec[one] === true),
    ...((spec['volumes'] ?? []) as readonly Part[]).flatMap((one) => Object.keys(one).filter((key) => key !== 'name' && !volumes.has(key))),
    ...containers.flatMap(({ name, securityContext: own = {} }) => ofContainer(pod, own).map((fault) => `${fault} (container "${name}")`)),
  ];
}

/** Phrase by phrase, what is demanded. */
const demands: Readonly<Record<string, (rights: Rights) => boolean>> = {
  privileged: ({ privileged }) => privileged !== true,
  'allowPrivilegeEscalation != false': ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation === false,
  'unrestricted capabilities': ({ capabilities }) => capabilities?.drop?.includes('ALL') === true,
  'added capabilities': ({ capabilities }) => (capabilities?.add ?? []).every((one) => one === 'NET_BIND_SERVICE'),
  'runAsNonRoot != true': ({ runAsNonRoot }) => runAsNonRoot === true,
  'runAsUser=0': ({ runAsUser }) => runAsUser !== 0,
  seccompProfile: ({ seccompProfile }) => profiles.has(seccompProfile?.type ?? ''),
};

/** What a container says counts before what its pod says. */
function ofContainer(pod: Rights, own: Rights): readonly string[] {
  const rights = { ...pod, ...own };
  return Object.entries(demands).flatMap(([phrase, holds]) => (holds(rights) ? [] : [phrase]));
}
