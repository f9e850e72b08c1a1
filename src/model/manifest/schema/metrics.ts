// Metrics of other systems by which a canary is judged: where their values come from, and how far they may move.
import { z } from 'zod';
import type { AnalysisMetric } from '../../rollout/strategy.ts';
import { share, time } from './scalars.ts';
import { choice, isObject, list, mapping, says, word } from './words.ts';

/** An HTTP address as sources of metrics have it. */
export const address = word('an HTTP address', 'http://prometheus:9090', /^https?:\/\/[^\s/?#]+[^\s]{0,2000}$/);

/** Stands for the release that is asked about; each value is read once for the old and once for the new one. */
const placeholder = '{{release}}';
const named = { error: `needs ${placeholder}, or both releases would be read as one` };

const prometheus = mapping('Analysis: Prometheus', '{ url: http://prometheus:9090, query: "avg(lag{release=\'{{release}}\'})" }', {
  url: address.meta({ description: 'Where Prometheus answers; `/api/v1/query` is added.' }),
  query: word('a query', "avg(lag{release='{{release}}'})", /^[^]{1,4000}$/)
    .refine((query) => query.includes(placeholder), named)
    .meta({ description: 'PromQL that gives one number for one release; `{{release}}` stands for it, as `CODE_RELEASE` tells instances.' }),
});

const webhook = mapping('Analysis: webhook', '{ url: "http://jobs.internal/lag?release={{release}}" }', {
  url: address
    .refine((url) => url.includes(placeholder), named)
    .meta({
      description:
        'Asked with GET, `{{release}}` replaced by the release; answers with a number, or with JSON that has one as `value`. Expected to be an average since it was asked before.',
      example: 'http://jobs.internal/lag?release={{release}}',
    }),
});

const metricName = word(
  'a name of lower-case letters, digits and "_", other than `errors`',
  'queue_lag',
  /^(?!errors$)[a-z][a-z0-9_]{0,39}$/,
);
const some = says('a number of at least 0', '0.5');

const metric = mapping('Analysis: metric', '{ name: queue_lag, webhook: { url: … }, worse_by: 10% }', {
  name: metricName.meta({ description: 'How verdicts call it.' }),
  prometheus: prometheus.optional().meta({ description: 'Reads it from Prometheus. Exactly one of prometheus and webhook is given.' }),
  webhook: webhook.optional().meta({ description: 'Reads it from any program that answers HTTP.' }),
  direction: choice(['higher', 'lower']).prefault('higher').meta({ description: 'Which way is worse.' }),
  worse_by: share('10%').optional().meta({
    description: "How far that way it may be, as a share of the old release's median. Exactly one of worse_by and margin is given.",
  }),
  margin: z
    .number(some)
    .min(0, some)
    .optional()
    .meta({ description: "How far that way it may be, in the metric's own unit.", expects: 'a number', example: 0.5 }),
  every: time('10s').prefault('10s').meta({
    description:
      'How often a value is read. A query that looks back longer than this sees the same requests twice, which makes verdicts too sure.',
  }),
  dry_run: z
    .boolean(says('true or false', 'true'))
    .optional()
    .meta({ description: 'Reported, but decides nothing.', expects: '`true` or `false`', example: true }),
})
  .refine((given) => (given.prometheus === undefined) !== (given.webhook === undefined), {
    error: 'expected exactly one of prometheus and webhook',
    when: isObject,
  })
  .refine((given) => (given.worse_by === undefined) !== (given.margin === undefined), {
    error: 'expected exactly one of worse_by and margin',
    when: isObject,
  })
  .transform(
    ({ name, prometheus, webhook, direction, worse_by, margin, every, dry_run }): AnalysisMetric => ({
      metric: name,
      source: prometheus ? { kind: 'prometheus', ...prometheus } : { kind: 'webhook', url: webhook?.url ?? '' },
      every,
      worse: direction,
      worseBy: worse_by ?? 0,
      ...(margin !== undefined && { margin }),
      ...(dry_run === true && { dryRun: true }),
    }),
  );

export const analysisMetrics = list(metric, 'a list of metrics', '[{ name: queue_lag, webhook: { url: … }, worse_by: 10% }]', 1, 10).refine(
  (all) => new Set(all.map((one) => one.metric)).size === all.length,
  { error: 'expected each name once' },
);
