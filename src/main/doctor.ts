// Says what works on this machine and what does not, from looking, never from assuming.

import { asCodeError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { TrafficObservation } from '../model/route.ts';
import type { Finding, Services } from '../operations/services.ts';
import { readFileIfExists } from '../platform/files.ts';
import { memoryLimitSupport } from '../platform/process/cgroup.ts';
import { mayRaise } from '../platform/process/priority.ts';
import type { Home } from './home.ts';
import { faultFindings } from './prove/faults.ts';
import { lookAtDocker, lookAtSwarm } from './runtimes/docker.ts';
import { lookAtKubernetes } from './runtimes/kubernetes.ts';
import type { Settings } from './settings.ts';
import { processCount } from './settings.ts';
import { acmeHostOf, apiCertificateFinding } from './tls/acme.ts';

export interface Examined {
  readonly home: Home;
  readonly settings: Settings;
  readonly engine: Engine;
  readonly certificates: Services['certificates'];
}

export async function examine({ home, settings, engine, certificates }: Examined, signal: AbortSignal): Promise<readonly Finding[]> {
  const host = acmeHostOf(settings);
  return [
    nodeFinding(),
    { subject: 'home', state: 'ok', message: home.root },
    await gatewayFinding(engine, processCount(settings), signal),
    await namesFinding(home),
    ...(await runtimeFindings(engine, settings, signal)),
    await secretsFinding(engine),
    ...(host === undefined ? [] : [apiCertificateFinding(host, await certificates.reports())]),
    await limitsFinding(),
    priorityFinding(),
    ...(await faultFindings(home)),
  ];
}

function nodeFinding(): Finding {
  return { subject: 'node', state: 'ok', message: `Node.js ${process.versions.node} on ${process.platform} ${process.arch}` };
}

async function gatewayFinding(engine: Engine, wanted: number, signal: AbortSignal): Promise<Finding> {
  try {
    const { observation } = await engine.queries.traffic(signal);
    return gatewaySays(observation, wanted);
  } catch (thrown) {
    return { subject: 'gateway', state: 'missing', message: asCodeError(thrown).message, hint: 'Run "codectl down" and "codectl up".' };
  }
}

/** One that is missing at this moment is being started again; the others serve meanwhile. */
function gatewaySays({ listening, processes }: TrafficObservation, wanted: number): Finding {
  const serving = processes?.length ?? 1;
  const where = `${listening.host}:${listening.port}`;
  if (serving < wanted)
    return {
      subject: 'gateway',
      state: 'limited',
      message: `listens on ${where} with ${serving} of ${wanted} processes`,
      hint: 'Look again in some seconds; if it stays so, read gateway.log in the home directory.',
    };
  return { subject: 'gateway', state: 'ok', message: `listens on ${where}${serving > 1 ? ` with ${serving} processes` : ''}` };
}

/** Services are told addresses, so that nobody needs this; it is for people and programs outside. */
async function namesFinding({ daemon }: Home): Promise<Finding> {
  const [, where] = /"dns":"([^"]+)"/.exec((await readFileIfExists(daemon)) ?? '') ?? [];
  if (where === undefined) return { subject: 'names', state: 'missing', message: 'names of services are not answered by DNS' };
  return {
    subject: 'names',
    state: 'ok',
    message: `<service>.<environment>.<application>.internal is answered by DNS at ${where} (UDP and TCP)`,
  };
}

async function runtimeFindings(engine: Engine, settings: Settings, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings = [...engine.ports.runtimes.values()].map(async (runtime): Promise<Finding> => {
    const subject = `runtime ${runtime.name}`;
    if (runtime.name === 'docker') return { subject, ...(await lookAtDocker(settings, signal)) };
    if (runtime.name === 'kubernetes') return { subject, ...(await lookAtKubernetes(settings, signal)) };
    if (runtime.name === 'swarm') return { subject, ...(await lookAtSwarm(settings, signal)) };
    return { subject, state: 'ok', message: `runs ${runtime.capabilities.artifacts.join(' and ')}` };
  });
  return Promise.all(findings);
}

/** Opened, not looked at: a key that is there may be the wrong one. */
async function secretsFinding({ ports: { secrets } }: Engine): Promise<Finding> {
  const subject = 'secrets';
  try {
    const all = (await secrets?.list()) ?? [];
    for (const { scope, name } of all) await secrets?.values(scope, [name]);
    return { subject, state: 'ok', message: all.length === 0 ? 'there are none' : `${all.length} can be opened` };
  } catch (thrown) {
    const { message, hint } = asCodeError(thrown);
    return { subject, state: 'missing', message, ...(hint !== undefined && { hint }) };
  }
}

async function limitsFinding(): Promise<Finding> {
  const support = await memoryLimitSupport();
  if (support.enforced) return { subject: 'resource limits', state: 'ok', message: `enforced by ${support.by}` };
  return {
    subject: 'resource limits',
    state: 'limited',
    message: `not enforced: ${support.because}`,
    hint: 'Run the daemon where it may write to its cgroup, for example as root.',
  };
}

function priorityFinding(): Finding {
  const subject = 'priorities';
  if (mayRaise()) return { subject, state: 'ok', message: 'instances start behind those that serve' };
  return {
    subject,
    state: 'limited',
    message: 'not permitted: an instance that starts takes as much of the processor as one that serves',
    hint: 'Run the daemon where it may raise priorities (CAP_SYS_NICE), for example as root.',
  };
}
