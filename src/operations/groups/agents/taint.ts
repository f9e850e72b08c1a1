// taint.*: which programs are held back because of what they have read, and letting them go on. For people: no program lets another one go.
import { z } from 'zod';
import type { Taint } from '../../../access/taint.ts';
import { defineCall } from '../../operation.ts';

const taintView = z.object({
  principal: z.string(),
  run: z.string().optional().describe('Which of its conversations; absent: all that it does with that credential'),
  since: z.string(),
  until: z.string().describe('Then it goes on by itself'),
  read: z.array(z.string()).describe('Operations that answered with words of programs or strangers'),
});

const output = z.object({ taints: z.array(taintView) });

export const taintOperations = [
  defineCall({
    name: 'taint.list',
    summary: 'Lists the programs that change nothing without one approval more, because they have read words of others.',
    effect: 'read',
    humansOnly: true,
    input: z.strictObject({}),
    output,
    handler: async (_, { services }) => ({ taints: (await services.taints.list()).map(viewTaint) }),
  }),
  defineCall({
    name: 'taint.lift',
    summary: 'Lets a program that has read words of others change things again, until it reads more of them.',
    effect: 'write',
    humansOnly: true,
    input: z.strictObject({ principal: z.string().min(1).max(200).describe('Such as agent:helper') }),
    output,
    handler: async ({ principal: name }, { services, principal }) => ({
      taints: (await services.taints.lift(name, principal)).map(viewTaint),
    }),
  }),
];

function viewTaint({ principal, run, since, until, read }: Taint): z.infer<typeof taintView> {
  return { principal, run, since: new Date(since).toISOString(), until: new Date(until).toISOString(), read: [...read] };
}
