// How a release takes over from the one before it: rolling, blue-green or canary, as a bare word or a mapping.
import { z } from 'zod';
import { duration, percentile, share, someShare, time } from './scalars.ts';
import { choice, isObject, list, mapping, named, oneOf, says, shown, whole } from './words.ts';

export const strategyKinds = ['rolling', 'blue-green', 'canary'] as const;

const bake = duration('10s').optional().meta({
  description: 'How long the new release is watched after the last switch before the deployment counts as succeeded.',
  usually: '`10s` with `run`, `30s` with `image` or `build`',
});

const kind = <const Word extends (typeof strategyKinds)[number]>(name: Word) =>
  z.literal(name).meta({ description: 'The strategy.', expects: `\`${name}\``, example: name });

const rolling = mapping('Strategy: rolling', '{ kind: rolling }', {
  kind: kind('rolling'),
  surge: whole(0, 1000, 1).prefault(1).meta({ description: 'Instances above the wanted number while rolling.' }),
  unavailable: whole(0, 1000, 0).prefault(0).meta({ description: 'Instances below the wanted number while rolling.' }),
  bake,
}).refine(({ surge, unavailable }) => surge !== 0 || unavailable !== 0, {
  error: 'surge and unavailable cannot both be 0, or no instance could ever be replaced',
  path: ['surge'],
  when: isObject,
});

const blueGreen = mapping('Strategy: blue-green', '{ kind: blue-green }', {
  kind: kind('blue-green'),
  bake,
  warm: duration('30s').prefault('30s').meta({ description: 'How long the old release stays up after the switch.' }),
});

const worseBy = mapping('Analysis: allowance', '{ worse_by: 1% }', {
  worse_by: share('1%').meta({ description: 'How much worse than the old release the new one may be.' }),
}).transform(({ worse_by }) => ({ worseBy: worse_by }));

const analysis = mapping('Strategy: canary analysis', '{ errors: { worse_by: 1% } }', {
  errors: worseBy.optional().meta({ description: 'Compares the share of failed requests.' }),
  latency: named(percentile, worseBy, '{ p99: { worse_by: 20% } }')
    .optional()
    .meta({
      description: 'Compares latency percentiles.',
      expects: 'mapping by percentile',
      example: { p99: { worse_by: '20%' } },
    }),
  confidence: someShare('99%').prefault('99%').meta({ description: 'How sure a verdict must be.' }),
  at_most: time('15m').prefault('15m').meta({ description: 'Without a verdict after this long, the deployment ends as inconclusive.' }),
})
  .refine(({ errors, latency }) => errors !== undefined || Object.keys(latency ?? {}).length > 0, {
    error: 'needs something to compare, expected `errors`, `latency` or both',
    when: isObject,
  })
  .transform(({ errors, latency, confidence, at_most }) => ({ errors, latency, confidence, atMost: at_most }));

const steps = list(someShare('5%'), 'a list of 1 to 20 percentages', '[1%, 5%, 20%, 50%, 100%]', 1, 20).refine(
  (shares) => shares.at(-1) === 1 && shares.every((each, index) => index === 0 || each > (shares[index - 1] ?? 0)),
  { error: 'expected steps that grow and end with 100%, such as `[1%, 5%, 20%, 50%, 100%]`' },
);

const canary = mapping('Strategy: canary', '{ kind: canary }', {
  kind: kind('canary'),
  steps: steps
    .prefault(['1%', '5%', '20%', '50%', '100%'])
    .meta({ description: 'Shares of the traffic that the new release gets, one after the other.' }),
  bake,
  analysis: analysis.optional().meta({ description: 'Compares the new release with the old one before each step.' }),
  sticky: choice(['cookie']).optional().meta({ description: 'Keeps a visitor on the release that answered first.' }),
});

const strategyMapping = z.discriminatedUnion('kind', [rolling, blueGreen, canary], {
  error: ({ code, input }) =>
    code === 'invalid_union' ? oneOf(strategyKinds, kindIn(input)) : says('a strategy', 'rolling').error({ input }),
});

const bareWord = z.enum(strategyKinds).transform((kind) => strategyMapping.parse({ kind }));

export const strategy = z
  .union([bareWord, strategyMapping], {
    error: ({ input }) =>
      typeof input === 'string'
        ? oneOf(strategyKinds, input)
        : `expected rolling, blue-green or canary, or a mapping such as \`{ kind: canary }\`, got ${shown(input)}`,
  })
  .meta({ expects: 'a word or a mapping with `kind`' });

function kindIn(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'kind' in input ? input.kind : undefined;
}
