// A question about permission as it is asked from outside: who, what, where, and the facts that would be known.
import { z } from 'zod';
import type { Facts, Place } from '../access/policy/question.ts';
import type { Action } from '../access/policy/schema.ts';
import { principalOf as holderOf, idOfPrincipal, rootOf } from '../access/token-facts.ts';
import { CodeError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { parseGrant } from '../model/identity/grant.ts';
import type { Grant, Principal } from '../model/principal.ts';
import { roles, tokenKinds } from '../model/principal.ts';
import { limitsOf, limitsView } from './granting.ts';
import { applicationName, environmentName } from './schemas.ts';
import type { Services } from './services.ts';

export const askedInput = {
  operation: z.string().max(100).describe('Name of the operation, such as change.apply'),
  principal: z
    .string()
    .regex(/^(?:user|person|token|service|agent):[\w.@+-]{1,100}$/)
    .optional()
    .describe('Who would call, such as token:ci; whoever asks, when absent'),
  roles: z
    .array(z.string().regex(/^[a-z]+(?:@[a-z0-9-]+(?:\/[a-z0-9-]+)?)?$/, 'expected a role, such as operator or operator@shop/staging'))
    .max(50)
    .optional()
    .describe('Somebody with these roles, who need not exist'),
  limits: limitsView.optional().describe('With roles: the limits of that somebody'),
  application: applicationName.optional(),
  environment: environmentName.optional(),
  at: z.iso.datetime().optional().describe('When; now, when absent'),
  kind: z.string().max(40).optional().describe('Of the plan: deploy, rollback, …'),
  risk: z.string().max(40).optional(),
  replicas: z.int().min(0).optional().describe('The largest number of instances that a service would get'),
  services: z.int().min(0).optional().describe('How many services would be touched'),
  approvals: z.int().min(0).optional().describe('How many people would have approved it'),
  approval: z.enum(['none', 'required']).default('none').describe('Whether the environment wants approval'),
};

type AskedInput = z.infer<z.ZodObject<typeof askedInput>>;

interface Asked {
  readonly principal: Principal;
  readonly operation: Action;
  readonly place: Place;
  readonly facts: Facts;
  readonly at: number | undefined;
}

/** Errors: `operation_unknown`, `token_unknown`, `input_invalid` for a role that there is not. */
export async function asked(input: AskedInput, caller: Principal, services: Services): Promise<Asked> {
  const { application, environment, kind, risk, replicas, services: touched, approvals = 0, approval, at } = input;
  const known = { kind, risk, replicas, services: touched };
  const facts: Facts = {
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    back: kind === 'rollback' || input.operation === 'deployments.abort',
    required: approval === 'required' ? 1 : 0,
    approvals,
  };
  return {
    principal: await principalOf(input, caller, services),
    operation: operationOf(input.operation, services),
    place: { application, environment: application === undefined ? undefined : environment },
    facts,
    at: at === undefined ? undefined : Date.parse(at),
  };
}

function operationOf(name: string, { authority }: Services): Action {
  const found = authority.actions.find((one) => one.name === name);
  if (found) return found;
  const near = nearest(
    name,
    authority.actions.map((one) => one.name),
  );
  throw new CodeError('operation_unknown', `There is no operation ${name}.`, {
    hint: near === undefined ? '"codectl policy schema" lists them all.' : `Did you mean ${near}?`,
  });
}

async function principalOf(
  { principal: id, roles: texts, limits }: AskedInput,
  caller: Principal,
  { tokens, sessions }: Services,
): Promise<Principal> {
  if (texts) {
    const called = id ?? 'token:somebody';
    return { id: called, kind: kindOf(called), effects: [], grants: texts.map(grantOf), ...(limits && { limits: limitsOf(limits) }) };
  }
  if (id === undefined || id === caller.id) return caller;
  if (id.startsWith('user:')) return { id, kind: 'local_user', effects: ['read', 'plan', 'write', 'destroy'], grants: [{ role: 'admin' }] };
  const person = await sessions.known(id);
  if (person) return person;
  const known = await tokens.list();
  const found = known.findLast((one) => idOfPrincipal(one) === id);
  if (found) return holderOf(found, rootOf(found, new Map(known.map((one) => [one.id, one]))));
  throw new CodeError('token_unknown', `There is no ${id}.`, {
    hint: 'See `codectl token list` and `codectl sessions list`, or ask about somebody with certain roles.',
  });
}

function kindOf(id: string): Principal['kind'] {
  return ([...tokenKinds, 'person'] as const).find((kind) => id.startsWith(`${kind}:`)) ?? 'local_user';
}

function grantOf(text: string): Grant {
  const grant = parseGrant(text);
  if (grant) return grant;
  const [name = ''] = text.split('@');
  throw new CodeError('input_invalid', `There is no role ${JSON.stringify(name)}.`, { hint: `Roles are ${roles.join(', ')}.` });
}
