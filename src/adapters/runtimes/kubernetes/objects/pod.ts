// The pod of a release: the image and what it is told, its limits, its probes, and as few rights as it can live with (pod security: restricted).
import { userParts } from '../../../../model/container/rights.ts';
import { introductionOf } from '../../../../model/instance.ts';
import type { Artifact, RunSpec } from '../../../../model/release.ts';
import type { ContainerSpec, Resources } from '../../../../model/service.ts';
import { containerName } from '../object.ts';
import { portName } from './names.ts';
import { probesOf } from './probes.ts';
import type { SetRequest } from './request.ts';
import { secretsOf } from './secrets.ts';

type Part = Readonly<Record<string, unknown>>;

/** Of a release that names no user. What an image says cannot be known here; as nobody's number nearly all of them run, and none as root. */
const nobody = 65_532;

export interface PodTraits {
  /** Of the objects that hold its environment and its secrets. */
  readonly name: string;
  /** Pods with these labels are spread over the nodes. */
  readonly spread?: Readonly<Record<string, string>>;
  /** What it is told that it is; absent: the pod's own name. */
  readonly instance?: string;
}

export function podSpec({ set, secrets }: Pick<SetRequest, 'set' | 'secrets'>, { name, spread, instance }: PodTraits): Part {
  const { run } = set.release;
  const container = run.container ?? {};
  const given = secretsOf(name, run, secrets);
  const tmp = container.writable !== true;
  const volumes = [...(tmp ? [{ name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } }] : []), ...given.volumes];
  const volumeMounts = [...(tmp ? [{ name: 'tmp', mountPath: '/tmp' }] : []), ...given.mounts];
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: Math.ceil(run.stop.grace / 1000),
    securityContext: { ...whoRuns(container), ...(given.volumes.length > 0 && { fsGroup: groupOf(container) }) },
    ...(run.placement && { nodeSelector: run.placement.nodes }),
    ...(spread && spreadOver(spread)),
    containers: [
      {
        name: containerName,
        image: imageOf(run.artifact),
        imagePullPolicy: 'IfNotPresent',
        ...(run.command && { args: run.command.map(literal) }),
        ...(run.port !== undefined && { ports: [{ name: portName, containerPort: run.port, protocol: 'TCP' }] }),
        // Of two with one name the later counts, and what stands in `env` counts most.
        envFrom: [{ configMapRef: { name } }, ...given.envFrom],
        env: [...given.env, ...environmentOf(set, run, instance)],
        ...resourcesOf(run.resources),
        ...probesOf(set),
        securityContext: rightsOf(container),
        ...(volumeMounts.length > 0 && { volumeMounts }),
      },
    ],
    ...(volumes.length > 0 && { volumes }),
  };
}

function spreadOver(labels: Part): Part {
  const soft = { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' };
  return { topologySpreadConstraints: [{ ...soft, labelSelector: { matchLabels: labels } }] };
}

export function imageOf(artifact: Artifact): string {
  return artifact.kind === 'image' ? (artifact.pinned ?? artifact.reference) : '';
}

export function hasAny(values: Readonly<Record<string, string>>): boolean {
  return Object.keys(values).length > 0;
}

/** In words of a command Kubernetes replaces `$(NAME)`; here they are meant as they stand. */
function literal(word: string): string {
  return word.replaceAll('$(', '$$$$(');
}

function environmentOf(set: SetRequest['set'], { port }: RunSpec, instance: string | undefined): readonly Part[] {
  const known = { ...(port === undefined ? {} : { PORT: String(port), HOST: '0.0.0.0' }), ...introductionOf(set) };
  return [
    ...Object.entries(known).map(([name, value]) => ({ name, value })),
    {
      name: 'CODE_INSTANCE',
      ...(instance === undefined ? { valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } } : { value: instance }),
    },
  ];
}

/** What it may use is what it is sure of: a node never promises the same memory twice. */
function resourcesOf({ cpu, memory }: Resources): Part {
  const limits = {
    ...(cpu === undefined ? {} : { cpu: `${Math.max(1, Math.round(cpu * 1000))}m` }),
    ...(memory === undefined ? {} : { memory: String(memory) }),
  };
  return hasAny(limits) ? { resources: { requests: limits, limits } } : {};
}

function rightsOf({ writable, capabilities = [], new_privileges }: ContainerSpec): Part {
  return {
    privileged: false,
    allowPrivilegeEscalation: new_privileges === true,
    readOnlyRootFilesystem: writable !== true,
    capabilities: { drop: ['ALL'], ...(capabilities.length > 0 && { add: capabilities }) },
  };
}

function whoRuns(container: ContainerSpec): Part {
  return { runAsNonRoot: !isRoot(container), ...userOf(container), seccompProfile: { type: 'RuntimeDefault' } };
}

function userOf({ user: given }: ContainerSpec): Part {
  if (given === undefined) return { runAsUser: nobody, runAsGroup: nobody };
  const { user = '0', group } = userParts(given);
  return { runAsUser: Number(user), ...(group === undefined ? {} : { runAsGroup: Number(group) }) };
}

/** Whom files are for that root has written: a number of the user's own, where its group is the image's to say. */
function groupOf({ user: given }: ContainerSpec): number {
  const { user, group } = userParts(given ?? `${nobody}:${nobody}`);
  return Number(group ?? user ?? 0);
}

function isRoot({ user }: ContainerSpec): boolean {
  return user !== undefined && userParts(user).user === '0';
}
