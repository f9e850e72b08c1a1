// What can be done to containers from here, and why not.
import type { FaultAbility, FaultKind } from '../../../model/proving/fault.ts';
import { whyNoLimits } from '../../../platform/fault/descriptors.ts';
import { whyNoNamespaces } from '../../../platform/fault/namespace.ts';
import type { FaultEngine } from './engine.ts';

export const never: Readonly<Partial<Record<FaultKind, string>>> = { clock_skew: 'the clock of a running container is the machine’s' };

export async function abilitiesOf(engine: FaultEngine): Promise<readonly FaultAbility[]> {
  if (!(await engine.answers())) return [];
  const patience = AbortSignal.timeout(10_000);
  const away = engine.local ? undefined : 'the Engine is on another machine';
  const [noNetwork, noLimits] = await Promise.all([away ?? whyNoNamespaces(patience), away ?? whyNoLimits(patience)]);
  const noRoot = away ?? (process.getuid?.() === 0 ? undefined : 'only root may enter the cgroup of a container');
  const either = (kind: FaultKind, means: string, because: string | undefined): FaultAbility =>
    because === undefined ? { kind, means } : { kind, because };
  return [
    { kind: 'crash', means: 'docker kill, and again at each restart' },
    { kind: 'pause', means: 'docker pause' },
    either('partition', 'iptables in the container’s network, with an end that the kernel keeps', noNetwork),
    either('dns', 'iptables in the container’s network, with an end that the kernel keeps', noNetwork),
    either('memory', 'a hog in the container’s cgroup, where the manifest limits its memory', noRoot),
    either('cpu', 'the quota of the container’s cgroup', noRoot),
    either('disk_full', 'a file that fills /tmp of the container, where that is in memory', noRoot),
    either('descriptors', 'prlimit', noRoot ?? noLimits),
    ...Object.entries(never).map(([kind, because]) => ({ kind: kind as FaultKind, because })),
  ];
}
