// How a release takes over from the one before it: rolling, blue-green or canary, as a bare word or a mapping.
import { z } from 'zod';
import { abortScaleDown, endingOf, maxFailureRatio, onDeadline } from './endings.ts';
import { analysisMetrics } from './metrics.ts';
import { duration, host, partShare, percentile, share, time, urlPath } from './scalars.ts';
import { steps } from './steps.ts';
import { choice, isObject, mapping, named, oneOf, says, shown, whole } from './words.ts';

export const strategyKinds = ['rolling', 'blue-green', 'canary'] as const;

const bake = duration('10s').optional().meta({
  description: 'How long the new release is watched after the last switch before the deployment counts as succeeded.',
  usually: '`10s` with `run`, `30s` with `image` or `build`',
});

const kind = <const Word extends (typeof strategyKinds)[number]>(name: Word) =>
  z.literal(name).meta({ description: 'The strategy.', expects: `\`${name}\``, example: name });

const worseBy = mapping('Analysis: allowance', '{ worse_by: 1% }', {
  worse_by: share('1%').meta({ description: 'How much worse than the old release the new one may be.' }),
}).transform(({ worse_by }) => ({ worseBy: worse_by }));

const analysis = mapping('Strategy: analysis', '{ errors: { worse_by: 1% } }', {
  errors: worseBy.optional().meta({
    description:
      'Compares failed requests: of those that the old release answers, at most that share more may fail. 0% can never be shown.',
  }),
  latency: named(percentile, worseBy, '{ p99: { worse_by: 20% } }')
    .optional()
    .meta({
      description:
        'Compares latency percentiles: no more requests may take longer than that much beyond the percentile of the old release than those of its own that take longer than it.',
      expects: 'mapping by percentile',
      example: { p99: { worse_by: '20%' } },
    }),
  metrics: analysisMetrics.optional().meta({
    description: 'Compares what other systems know of both releases; a source that fails is never a pass.',
  }),
  baseline: choice(['equal']).optional().meta({
    description:
      'Of a canary. `equal`: it is compared with instances of the old release that are as many, start when its own do and get the same share; what is young or has little to do then differs on neither side. Takes that many more instances, and about twice the requests at small shares.',
    usually: 'all of the old release',
  }),
  confidence: partShare('99%').prefault('99%').meta({
    description:
      'How sure a verdict must be, however often one looks: of releases that are not worse than allowed, no more than the rest are aborted. 100% could never be reached.',
  }),
  at_most: time('15m').prefault('15m').meta({
    description: 'Time under judgement over all steps; without a verdict after it, the deployment ends as inconclusive.',
  }),
  step_at_most: time('2m').prefault('2m').meta({
    description:
      'A step before the last one goes on after so long without a fail, once 30 requests have reached the new release: a small share of little traffic cannot show a pass. The last step before 100% always needs its pass, or `codectl promote`.',
  }),
  mode: choice(['step', 'background']).optional().meta({
    description:
      '`background`: steps do not wait for a verdict, only the last one does; a fail turns round at once, no verdict waits for people.',
    usually: '`step`: each waits for a verdict of its own, or for `step_at_most`',
  }),
})
  .refine(
    ({ errors, latency, metrics }) =>
      errors !== undefined ||
      Object.keys(latency ?? {}).length > 0 ||
      (Array.isArray(metrics) && metrics.some((one) => one?.dryRun !== true)),
    { error: 'needs something that decides, expected `errors`, `latency` or a metric that is no `dry_run`', when: isObject },
  )
  .transform(({ errors, latency, metrics, baseline, confidence, at_most, step_at_most, mode }) => ({
    errors,
    latency,
    ...(metrics && { metrics }),
    ...(baseline && { baseline }),
    confidence,
    atMost: at_most,
    stepAtMost: step_at_most,
    ...(mode === 'background' && { background: true }),
  }));

const rolling = mapping('Strategy: rolling', '{ kind: rolling }', {
  kind: kind('rolling'),
  surge: whole(0, 1000, 1).prefault(1).meta({ description: 'Instances above the wanted number while rolling.' }),
  unavailable: whole(0, 1000, 0).prefault(0).meta({ description: 'Instances below the wanted number while rolling.' }),
  bake,
  max_failure_ratio: maxFailureRatio,
  on_deadline: onDeadline,
  analysis: analysis.optional().meta({
    description: 'Compares the new release with the old one, whose last instance stays until the verdict.',
  }),
})
  .refine(({ surge, unavailable }) => surge !== 0 || unavailable !== 0, {
    error: 'surge and unavailable cannot both be 0, or no instance could ever be replaced',
    path: ['surge'],
    when: isObject,
  })
  .refine(({ analysis: given }) => given?.baseline === undefined, {
    error: 'cannot be given with rolling, whose sides change all the time; choose canary',
    path: ['analysis', 'baseline'],
    when: isObject,
  })
  .transform(({ max_failure_ratio, on_deadline, ...rest }) => ({
    ...rest,
    ...(max_failure_ratio !== undefined && { maxFailureRatio: max_failure_ratio }),
    ...endingOf({ on_deadline }),
  }));

const preview = mapping('Strategy: preview', '{ host: next.shop.localhost }', {
  host: host.meta({ description: 'Host name under which the new side answers before the switch.', example: 'next.shop.localhost' }),
  path: urlPath.prefault('/').meta({ description: 'Path prefix, matched at segment borders.', example: '/' }),
  replicas: whole(1, 1000, 1).optional().meta({
    description: 'Instances of the new side while it is looked at; the others are started before the switch.',
    usually: 'all of them',
  }),
});

const blueGreen = mapping('Strategy: blue-green', '{ kind: blue-green }', {
  kind: kind('blue-green'),
  bake,
  warm: duration('30s')
    .prefault('30s')
    .meta({ description: 'How long the old release stays up after the switch; until then going back is instant.' }),
  promote: choice(['auto', 'manual'])
    .prefault('auto')
    .meta({ description: 'Whether the switch waits for `codectl promote` once the new side is ready.' }),
  preview: preview.optional().meta({ description: 'Where the new side can be looked at before the switch.' }),
  on_deadline: onDeadline,
  abort_scale_down: abortScaleDown,
}).transform(({ on_deadline, abort_scale_down, ...rest }) => ({ ...rest, abortScaleDown: abort_scale_down, ...endingOf({ on_deadline }) }));

const canary = mapping('Strategy: canary', '{ kind: canary }', {
  kind: kind('canary'),
  steps: steps
    .prefault(['1%', '5%', '20%', '50%', '100%'])
    .meta({ description: 'Shares of the traffic that the new release gets, one after the other; a mapping says more about a step.' }),
  bake,
  analysis: analysis.optional().meta({ description: 'Compares the new release with the old one before each further step.' }),
  sticky: choice(['cookie']).optional().meta({ description: 'Keeps a visitor on the side that answered first.' }),
  dynamic: z.boolean(says('true or false', 'true')).optional().meta({
    description: 'The old release shrinks as its share does, which costs less; going back must then wait for its instances.',
    expects: '`true` or `false`',
    example: true,
  }),
  on_deadline: onDeadline,
  abort_scale_down: abortScaleDown,
})
  .refine(({ analysis: given, dynamic }) => given?.baseline === undefined || dynamic !== true, {
    error: 'cannot be given together with dynamic: the old release would shrink under what it is compared with',
    path: ['analysis', 'baseline'],
    when: isObject,
  })
  .transform(({ on_deadline, abort_scale_down, ...rest }) => ({ ...rest, abortScaleDown: abort_scale_down, ...endingOf({ on_deadline }) }));

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
