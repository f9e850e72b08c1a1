// A release's checks as the kubelet makes them, which counts in whole seconds.
import type { Duration } from '../../../../base/units.ts';
import type { ReplicaSet } from '../../../../model/instance.ts';
import type { ProbeSpec } from '../../../../model/service.ts';
import { portName } from './names.ts';

type Part = Readonly<Record<string, unknown>>;

/** A container that does not become ready within its deadline is started anew: the kubelet's startup probe. Who is not checked is not. */
export function probesOf({ release, unchecked }: Pick<ReplicaSet, 'release' | 'unchecked'>): Part {
  const { probe, liveness, port } = release.run;
  return {
    ...(asks(probe, port) && { readinessProbe: probeOf(probe), ...(unchecked ? {} : { startupProbe: startupOf(probe) }) }),
    ...(liveness && asks(liveness, port) && { livenessProbe: livenessOf(liveness) }),
  };
}

/** A worker has no port: staying alive is all it can show. */
function asks(probe: ProbeSpec, port: number | undefined): boolean {
  return probe.none !== true && port !== undefined;
}

function probeOf({ path, interval, timeout, passes, fails }: ProbeSpec): Part {
  return {
    ...(path === undefined ? { tcpSocket: { port: portName } } : { httpGet: { path, port: portName, scheme: 'HTTP' } }),
    periodSeconds: seconds(interval),
    timeoutSeconds: seconds(timeout),
    successThreshold: passes,
    failureThreshold: fails,
  };
}

function startupOf(probe: ProbeSpec): Part {
  return {
    ...probeOf(probe),
    successThreshold: 1,
    failureThreshold: Math.max(1, Math.ceil(seconds(probe.deadline) / seconds(probe.interval))),
  };
}

function livenessOf(probe: ProbeSpec): Part {
  return { ...probeOf(probe), successThreshold: 1, initialDelaySeconds: seconds(probe.deadline) };
}

function seconds(time: Duration): number {
  return Math.max(1, Math.ceil(time / 1000));
}
