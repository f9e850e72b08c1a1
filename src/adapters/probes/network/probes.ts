// Probes instances over the network, from the engine's own machine.
import { httpStatus, tcpConnect } from '../../../platform/probe.ts';
import type { Probes } from '../../../ports/probes.ts';

export const networkProbes: Probes = {
  check: async (address, { path, timeout }, signal) => {
    const target = { ...address, timeout };
    if (path === undefined) {
      const because = await tcpConnect(target, signal);
      return because === undefined ? { passed: true } : { passed: false, because: `connect to port ${address.port}: ${because}` };
    }
    const answer = await httpStatus(target, path, signal);
    if ('because' in answer) return { passed: false, because: `GET ${path}: ${answer.because}` };
    // A redirect is not an answer: it would hide a login page or a moved health check behind a pass.
    return answer.status >= 200 && answer.status < 300
      ? { passed: true }
      : { passed: false, because: `GET ${path} answered ${answer.status}` };
  },
};
