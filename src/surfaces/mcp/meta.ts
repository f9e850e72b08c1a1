// The tools about tools: with few of them listed, an agent finds, reads about and calls all others.
import { z } from 'zod';
import { CodeError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest.ts';
import { answerOf } from './answer/answer.ts';
import { tokensOf } from './answer/size.ts';
import type { Offered } from './offered.ts';
import { offered } from './offered.ts';
import { runTool } from './run.ts';
import type { Json } from './schema.ts';
import { compact, isObject, propertiesOf } from './schema.ts';
import type { Search } from './search/search.ts';
import { searchOf } from './search/search.ts';
import type { Hints, OperationTool } from './tool.ts';

const named = z.strictObject({ name: z.string().max(100), arguments: z.record(z.string(), z.unknown()).default({}) });
const anything = z.looseObject({});
const about = z.object({ name: z.string(), description: z.string(), changes: z.enum(['nothing', 'something', 'what users feel']) });

export function metaTools(tools: readonly OperationTool[], readOnly: boolean): readonly Offered[] {
  const byName = new Map(tools.map((one) => [one.described.name, one]));
  let search: Search | undefined;
  const find: Search = (intent, limit) => (search ??= searchOf(tools.map((one) => one.described)))(intent, limit);
  const toolOf = (name: string): OperationTool => {
    const tool = byName.get(name);
    if (tool) return tool;
    throw new CodeError('operation_unknown', `There is no tool "${name}"${didYouMean(name, byName.keys())}.`, {
      hint: 'Find it with tool_search.',
      details: { problems: [{ field: 'name', message: 'unknown' }], allowed: find(name.replaceAll('_', ' '), 5).map((one) => one.name) },
    });
  };
  const all = [searching(find), describing(toolOf), reading(toolOf), ...(readOnly ? [] : [calling(toolOf)])];
  return byName.has('change_show') ? [...all, approving(toolOf('change_show'))] : all;
}

function searching(find: Search): Offered {
  return offered({
    name: 'tool_search',
    description: 'Finds tools for what you want to do, said in your own words.',
    input: z.strictObject({ intent: z.string().min(1).max(500), limit: z.int().min(1).max(20).default(5) }),
    output: z.object({ tools: z.array(about) }),
    run: async ({ intent, limit }) =>
      answerOf({
        tools: find(intent, limit).map(({ name, description, annotations }) => ({ name, description, changes: changesOf(annotations) })),
      }),
  });
}

function describing(toolOf: (name: string) => OperationTool): Offered {
  return offered({
    name: 'tool_describe',
    description: 'Tells what a tool takes and answers, with every bound.',
    input: named.pick({ name: true }),
    output: about.extend({ title: z.string(), input: anything, output: anything }),
    run: async ({ name }) => {
      const { described, shape } = toolOf(name);
      const taken = {
        ...described.inputSchema,
        properties: { ...(described.inputSchema['properties'] as Json), ...boundsOf(described.inputSchema, shape.input) },
      };
      const { title, description, annotations, outputSchema } = described;
      return answerOf({ name, title, description, changes: changesOf(annotations), input: taken, output: told(outputSchema) });
    },
  });
}

/** Some answers have more parts than are worth reading about: then it is told what stands at their root. */
function told(output: Json): Json {
  const whole = compact(output);
  if (tokensOf(JSON.stringify(whole)) <= 2_000) return whole;
  const members = Object.entries(propertiesOf(whole)).map(([name, { type }]) => [name, { type }]);
  return { type: 'object', properties: Object.fromEntries(members) };
}

/** The members as they are checked, of those that can be given. */
function boundsOf(given: Json, checked: Json): Json {
  const [open, whole] = [given['properties'] as Json, (checked['properties'] ?? {}) as Json];
  return Object.fromEntries(Object.entries(whole).filter(([name]) => name in open));
}

function reading(toolOf: (name: string) => OperationTool): Offered {
  return offered({
    name: 'tool_read',
    description: 'Calls any tool that changes nothing, by its name.',
    input: named,
    output: anything,
    run: async ({ name, arguments: given }, caller, signal) => {
      const tool = toolOf(name);
      if (tool.described.annotations.readOnlyHint) return runTool(tool, given, caller, signal);
      throw new CodeError('denied', `${name} changes something, and tool_read calls only what does not.`, {
        hint: `Call it with tool_call, or ${name} itself where it is listed.`,
      });
    },
  });
}

function calling(toolOf: (name: string) => OperationTool): Offered {
  return offered({
    name: 'tool_call',
    description: 'Calls a tool that is not listed, by its name. What users may feel at once is not called this way.',
    input: named,
    output: anything,
    writes: true,
    run: async ({ name, arguments: given }, caller, signal) => {
      const tool = toolOf(name);
      if (!tool.described.annotations.destructiveHint) return runTool(tool, given, caller, signal);
      throw new CodeError('denied', `${name} can be felt by users at once, so it is called by its own name only.`, {
        hint: `Call ${name} itself; where it is not listed, a person connects you to /mcp/x/${tool.server}.`,
      });
    },
  });
}

const standing = ['plan_id', 'approval', 'approvals_needed', 'approved_by', 'refused', 'expires_at', 'applied_as'] as const;

/** Nobody approves here: this only looks. */
function approving({ operation }: OperationTool): Offered {
  return offered({
    name: 'approval_status',
    description: 'Tells whether a plan may be applied, who approved it, and where a person can.',
    input: z.strictObject({ plan_id: z.string().max(100) }),
    output: anything,
    run: async ({ plan_id }, caller, signal) => {
      const plan = await caller.call(operation.name, { plan_id }, signal);
      const facts = isObject(plan)
        ? Object.fromEntries(standing.flatMap((key) => (plan[key] === undefined ? [] : [[key, plan[key]]])))
        : {};
      const person = Number(facts['approvals_needed'] ?? 0) > 0 ? { a_person_runs: `codectl approve ${plan_id}` } : {};
      return answerOf({ ...facts, ...person });
    },
  });
}

function changesOf({ readOnlyHint, destructiveHint }: Hints): z.infer<typeof about>['changes'] {
  if (readOnlyHint) return 'nothing';
  return destructiveHint ? 'what users feel' : 'something';
}
