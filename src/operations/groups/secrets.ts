// secrets.*: values that services are given. They go in here, and nothing gives one back.
import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SecretFacts } from '../../model/secrets/secret.ts';
import { largestSecret, secretName } from '../../model/secrets/secret.ts';
import { defineCall } from '../operation.ts';
import { applicationName, environmentName, scopeInput, yes } from '../schemas.ts';

const removedView = z.object({
  application: z.string(),
  environment: z.string(),
  name: z.string(),
  version: z.int(),
  changed_at: z.string(),
  changed_by: z.string(),
});
export const secretView = removedView.extend({ used_by: z.array(z.string()).describe('Live services that name it') });

const name = z.string().regex(secretName, 'expected letters, digits and "_", for example DATABASE_URL').describe('Name of the secret');
/** A repeat after a restart of the engine is told that it is another input, which is harmless: it sets the same value once more. */
const fingerprintKey = randomBytes(32);

export const secretOperations = [
  defineCall({
    name: 'secrets.set',
    summary:
      'Sets the value of a secret in one environment, as a new version. Instances started from now on are given it; there is no way to read it back.',
    effect: 'write',
    input: z.strictObject({ ...scopeInput, name, value: z.string().describe(`At most ${largestSecret} bytes of text`) }),
    humansOnly: true,
    output: secretView.extend({ warnings: z.array(z.string()) }),
    audited: ({ application, environment, name }) => ({ application, environment, name }),
    fingerprint: ({ value, ...rest }) => ({ ...rest, value: createHmac('sha256', fingerprintKey).update(value).digest('hex') }),
    handler: async ({ name, value, ...scope }, { services, principal }) => {
      const { usedBy, warnings, ...facts } = await services.secrets.set({ scope, name, value, by: principal.id });
      return { ...viewOf(facts), used_by: [...usedBy], warnings: [...warnings] };
    },
  }),
  defineCall({
    name: 'secrets.list',
    summary: 'Lists secrets without their values: who changed each and when, and which live services name it.',
    effect: 'read',
    input: z.strictObject({ application: applicationName.optional(), environment: environmentName.optional() }),
    output: z.object({ secrets: z.array(secretView) }),
    handler: async (scope, { services }) => {
      const known = await services.secrets.list(scope);
      return { secrets: known.map(({ usedBy, ...facts }) => ({ ...viewOf(facts), used_by: [...usedBy] })) };
    },
  }),
  defineCall({
    name: 'secrets.remove',
    summary: 'Removes a secret from one environment. Refused while a live service names it, unless forced.',
    effect: 'destroy',
    input: z.strictObject({ ...scopeInput, name, force: yes.default(false).describe('Though live services could then not start again') }),
    humansOnly: true,
    output: removedView,
    handler: async ({ name, force, ...scope }, { services, principal }) =>
      viewOf(await services.secrets.remove(scope, name, principal.id, force)),
  }),
  defineCall({
    name: 'secrets.rotate',
    summary: "Makes a new key for the secret store and puts every value's own key under it. Values stay as they are.",
    effect: 'write',
    input: z.strictObject({}),
    humansOnly: true,
    output: z.object({
      from: z.string().optional().describe('Id of the key that was replaced'),
      to: z.string(),
      rewrapped: z.int().describe('Versions, former ones included'),
    }),
    handler: async (_, { services }) => services.secrets.rotate(),
  }),
];

function viewOf({ scope, name, version, at, by }: SecretFacts): z.infer<typeof removedView> {
  return { ...scope, name, version, changed_at: new Date(at).toISOString(), changed_by: by };
}
