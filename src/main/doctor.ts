// Says what works on this machine and what does not, from looking, never from assuming.

import { asCodeError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { Finding } from '../operations/services.ts';
import { memoryLimitSupport } from '../platform/process/cgroup.ts';
import type { Home } from './home.ts';

export async function examine(home: Home, engine: Engine, signal: AbortSignal): Promise<readonly Finding[]> {
  return [
    nodeFinding(),
    { subject: 'home', state: 'ok', message: home.root },
    await gatewayFinding(engine, signal),
    ...runtimeFindings(engine),
    await limitsFinding(),
  ];
}

function nodeFinding(): Finding {
  return { subject: 'node', state: 'ok', message: `Node.js ${process.versions.node} on ${process.platform} ${process.arch}` };
}

async function gatewayFinding(engine: Engine, signal: AbortSignal): Promise<Finding> {
  try {
    const { observation } = await engine.queries.traffic(signal);
    return { subject: 'gateway', state: 'ok', message: `listens on ${observation.listening.host}:${observation.listening.port}` };
  } catch (thrown) {
    return { subject: 'gateway', state: 'missing', message: asCodeError(thrown).message, hint: 'Run "codectl down" and "codectl up".' };
  }
}

function runtimeFindings(engine: Engine): readonly Finding[] {
  return [...engine.ports.runtimes.values()].map((runtime) => ({
    subject: `runtime ${runtime.name}`,
    state: 'ok',
    message: `runs ${runtime.capabilities.artifacts.join(' and ')}`,
  }));
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
