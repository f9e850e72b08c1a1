// Certificates for the command line: the trials' evidence in, a signed statement out; and everything that can be done with one.
import { defaultReadiness } from '../../decide/certify/criteria/production.ts';
import { readinessYaml } from '../../model/readiness/readiness.ts';
import { MachineGuard } from '../../proving/certificate/machine.ts';
import type { Certifying } from '../../surfaces/cli/certify/certifying.ts';
import { issue } from './certificate/issue.ts';
import { keys } from './certificate/keys.ts';
import { lookAround } from './certificate/look-around.ts';
import { pages } from './certificate/pages.ts';
import { verify } from './certificate/verify.ts';

export const certifying: Certifying = {
  defaults: defaultReadiness,
  yaml: readinessYaml,
  watch: (pids) => new MachineGuard(pids),
  look: lookAround,
  issue,
  verify,
  ...pages,
  ...keys,
};
