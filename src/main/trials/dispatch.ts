// A door for `bench dispatch`: every part of it real, the operations behind it empty.
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import { defineCall } from '../../operations/operation.ts';
import { removeTree } from '../../platform/files.ts';
import { scratch } from '../../proving/bench/contenders/contender.ts';
import type { DispatchTrials, TrialDoor } from '../../proving/bench/dispatch.ts';
import { stores } from '../adapters.ts';
import type { DoorOptions } from '../door.ts';
import { openDoor } from '../door.ts';
import { homeAt } from '../home.ts';
import { loadSettings } from '../settings.ts';

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
  const store = await stores.sqlite({ file: join(directory, 'engine.db') });
  // What no operation of the trial asks for.
  const absent = { engine: {}, scaler: {}, stop: nothing } as unknown as Pick<DoorOptions, 'engine' | 'scaler' | 'stop'>;
  const home = homeAt(directory, {});
  const { dispatcher, services, loops } = openDoor({
    ...absent,
    settings: loadSettings('', {}, {}),
    store,
    clock: systemClock,
    home,
    operations,
    allowance: { rate: 1e9, burst: 1e9 },
  });
  const { tokens, audit, authority } = services;
  const { secret } = await tokens.create({ name: 'trial', effects: [], grants: [{ role: 'operator', application: 'shop' }] });
  const principal = await tokens.authenticate(secret);
  if (!principal) throw new CodeError('internal', 'The token of the trial is not known.');
  const call = (name: string) =>
    dispatcher.call(name, place, { credential: { kind: 'bearer', token: secret }, signal: new AbortController().signal });
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
      // What is being signed is written to the end.
      for (const one of loops) await one.stop();
      await store.close();
      await removeTree(directory);
    },
  };
}
