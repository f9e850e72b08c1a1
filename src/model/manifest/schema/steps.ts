// The steps of a canary: bare shares, or mappings that say how long a step lasts and who else meets the new release in it.
import { z } from 'zod';
import type { CanaryStep, StepMatch } from '../../rollout/strategy.ts';
import { someShare, time } from './scalars.ts';
import { isObject, list, mapping, says, word } from './words.ts';

const fieldName = word('the name of a header', 'x-canary', /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/);
const cookieName = word('the name of a cookie', 'canary', /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/);
const value = word('a value', 'yes', /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/);
const values = list(value, 'a list of values', '[eva, ida]', 1, 1000).meta({ example: ['eva', 'ida'] });

const match = mapping('Canary step: match', '{ header: x-canary, equals: [yes] }', {
  header: fieldName.optional().meta({ description: 'Header that is looked at. Exactly one of header and cookie is given.' }),
  cookie: cookieName.optional().meta({ description: 'Cookie that is looked at.' }),
  equals: values.optional().meta({ description: 'Values that fit.' }),
  like: value.optional().meta({ description: 'Values of a header that fit, where `*` stands for anything.', example: 'beta-*' }),
})
  .refine(({ header, cookie }) => (header === undefined) !== (cookie === undefined), {
    error: 'needs exactly one of header and cookie',
    when: isObject,
  })
  .refine(({ cookie, equals, like }) => (equals === undefined) !== (like === undefined) && !(cookie !== undefined && like !== undefined), {
    error: 'needs `equals`, a list of values, or for a header `like` instead',
    when: isObject,
  })
  .transform(({ header, cookie, equals = [], like }): StepMatch => {
    if (cookie !== undefined) return { kind: 'cookie', name: cookie, equals };
    const name = header ?? '';
    return like === undefined ? { kind: 'header', name, equals } : { kind: 'header', name, like };
  });

const pause = z
  .union(
    [z.literal(true).transform(() => 'people' as const), time('10s')],
    says('a duration, or true to wait for `codectl promote`', '10s'),
  )
  .meta({ expects: 'a duration, or `true`' });

const stepMapping = mapping('Canary step', '{ weight: 5%, pause: 10s }', {
  weight: someShare('5%').optional().meta({ description: 'Share of the traffic.', usually: 'as in the step before' }),
  pause: pause.optional().meta({
    description:
      'How long the step lasts at least; `true`: until `codectl promote`, which needs no verdict. With an analysis a fail turns round meanwhile, and the wait is no time under judgement.',
    example: '10s',
  }),
  match: match.optional().meta({
    description: 'Requests that reach the new release whatever its share, from this step on.',
    example: { header: 'x-canary', equals: ['yes'] },
  }),
  mirror: someShare('10%').optional().meta({
    description: 'Share of the safe requests that are copied to the new release during this step; its answers are thrown away.',
  }),
});

const step = z.union([someShare('5%'), stepMapping], says('a percentage, or a mapping', '{ weight: 5%, pause: 10s }')).meta({
  expects: 'a percentage or a mapping',
});

/** Each step with the share that it has or keeps. */
export const steps = list(step, 'a list of 1 to 20 percentages', '[1%, 5%, 20%, 50%, 100%]', 1, 20)
  .transform((given) => {
    let weight = 0;
    return given.map((one): CanaryStep => {
      weight = typeof one === 'number' ? one : (one.weight ?? weight);
      return typeof one === 'number' ? { weight } : { ...one, weight };
    });
  })
  .refine((all) => all.at(-1)?.weight === 1 && all.every(grows), {
    error: 'expected steps that grow and end with 100%, such as `[1%, 5%, 20%, 50%, 100%]`',
  });

/** A step that only holds, matches or mirrors keeps the share before it. */
function grows(step: CanaryStep, index: number, all: readonly CanaryStep[]): boolean {
  const before = all[index - 1]?.weight ?? 0;
  const more = step.pause !== undefined || step.match !== undefined || step.mirror !== undefined;
  return step.weight > before || (more && step.weight === before);
}
