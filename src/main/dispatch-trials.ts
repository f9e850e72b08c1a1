// A door for `bench dispatch`: every part of it real, the operations behind it empty.
import { join } from 'node:path';
import { z } from 'zod';
import { createApprovals } from '../access/approvals.ts';
import { createAudit } from '../access/audit.ts';
import { createIdempotency } from '../access/idempotency.ts';
import { createAuthority } from '../access/policy/authority.ts';
import { countRollbacks } from '../access/policy/rollbacks.ts';
import { createThrottle } from '../access/throttle.ts';
import { createTokens } from '../access/tokens.ts';
import { fileWitness } from '../access/witness.ts';
import { systemClock } from '../base/clock.ts';
import { CodeError } from '../base/errors.ts';
import { catalogue } from '../operations/catalogue.ts';
import { Dispatcher } from '../operations/dispatch.ts';
import { defineCall } from '../operations/operation.ts';
import type { Services } from '../operations/services.ts';
import { removeTree } from '../platform/files.ts';
import { scratch } from '../proving/bench/contenders/contender.ts';
import type { DispatchTrials, TrialDoor } from '../proving/bench/dispatch.ts';
import { stores } from './adapters.ts';

export const dispatchTrials: DispatchTrials = { open };

const place = { application: 'shop', environment: 'staging' };
const shape = { input: z.strictObject({ application: z.string(), environment: z.string() }), output: z.object({}) };
const nothing = async () => ({});

const operations = [
  defineCall({ name: 'trial.look', summary: 'Looks at nothing.', effect: 'read', ...shape, handler: nothing }),
  defineCall({ name: 'trial.change', summary: 'Changes nothing.', effect: 'write', ...shape, handler: nothing }),
];

async function open(): Promise<TrialDoor> {
  const directory = await scratch();
  const clock = systemClock;
  const store = await stores.sqlite({ file: join(directory, 'engine.db') });
  const tokens = createTokens({ store, clock });
  const audit = createAudit({ store, clock, witness: fileWitness(join(directory, 'audit-heads')) });
  const actions = [...catalogue, ...operations];
  const authority = createAuthority({ store, clock, actions, rollbacks: countRollbacks({ store, clock }) });
  const approvals = createApprovals({ store, clock, tokens });
  const unused = { engine: {}, scaler: {}, system: {} } as unknown as Pick<Services, 'engine' | 'scaler' | 'system'>;
  const door = new Dispatcher({
    catalogue: operations,
    services: { ...unused, audit, tokens, approvals, authority },
    audit,
    idempotency: createIdempotency({ store, clock }),
    authority,
    throttle: createThrottle({ clock, allowance: { rate: 1e9, burst: 1e9 } }),
  });
  const { secret } = await tokens.create({ name: 'trial', effects: [], grants: [{ role: 'operator', application: 'shop' }] });
  const principal = await tokens.authenticate(secret);
  if (!principal) throw new CodeError('internal', 'The token of the trial is not known.');
  const call = (name: string) =>
    door.call(name, place, { credential: { kind: 'bearer', token: secret }, signal: new AbortController().signal });
  return {
    bare: nothing,
    permit: () => authority.permit(principal, { name: 'trial.change', effect: 'write' }, place),
    audit: async () => {
      const noted = await audit.intent({ principal: principal.id, operation: 'trial.change', effect: 'write', subject: place });
      await audit.outcome(noted.call, { result: 'ok' });
    },
    read: () => call('trial.look'),
    change: () => call('trial.change'),
    close: async () => {
      await store.close();
      await removeTree(directory);
    },
  };
}
