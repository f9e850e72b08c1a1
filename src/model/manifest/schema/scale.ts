// The scale of a service as the manifest describes it: bounds, what to hold, how fast, and when there must be more.
import { z } from 'zod';
import { address } from './metrics.ts';
import { duration, percentile, someShare, time } from './scalars.ts';
import { cron, timeZone } from './times.ts';
import { isObject, list, mapping, named, says, whole, word } from './words.ts';

const above = (expected: string, example: string) => {
  const words = says(expected, example);
  return z
    .number(words)
    .gt(0, words)
    .meta({ expects: 'a number', example: Number(example) });
};

const prometheus = mapping('Scale: Prometheus', '{ url: http://prometheus:9090, query: sum(queue_length) }', {
  url: address.meta({ description: 'Where Prometheus answers; `/api/v1/query` is added.' }),
  query: word('a query', 'sum(queue_length)', /^[^]{1,4000}$/).meta({ description: 'PromQL that gives one number.' }),
});
const webhook = mapping('Scale: webhook', '{ url: http://jobs.internal/depth }', {
  url: address.meta({
    description: 'Asked with GET; answers with a number, or with JSON that has one as `value`.',
    example: 'http://jobs.internal/depth',
  }),
});

const queue = mapping('Scale: queue', '{ webhook: { url: http://jobs.internal/depth }, target: 30 }', {
  prometheus: prometheus
    .optional()
    .meta({ description: 'Reads the length from Prometheus. Exactly one of prometheus and webhook is given.' }),
  webhook: webhook.optional().meta({ description: 'Reads the length from any program that answers HTTP.' }),
  target: above('a number above 0', '30').meta({ description: 'Length per instance.' }),
  fallback: whole(0, 1000, 3).optional().meta({ description: 'Instances that run at least while the source does not answer.' }),
})
  .refine((given) => (given.prometheus === undefined) !== (given.webhook === undefined), {
    error: 'expected exactly one of prometheus and webhook',
    when: isObject,
  })
  .transform(({ prometheus, webhook, target, fallback }) => ({
    source: prometheus ? { kind: 'prometheus' as const, ...prometheus } : { kind: 'webhook' as const, url: webhook?.url ?? '' },
    target,
    ...(fallback !== undefined && { fallback }),
  }));

const targets = mapping('Scale: targets', '{ cpu: 70% }', {
  cpu: someShare('70%').optional().meta({ description: 'Share of the CPU limit (of one core without one) that instances use on average.' }),
  memory: someShare('80%').optional().meta({ description: 'Share of the memory limit that instances use on average.' }),
  requests_per_second: above('a number above 0', '200').optional().meta({ description: 'Requests per second and instance.' }),
  concurrency: above('a number above 0', '20').optional().meta({ description: 'Requests in flight or waiting, per instance.' }),
  latency: named(percentile, time('200ms'), '{ p95: 200ms }')
    .optional()
    .meta({
      description: 'Latency percentiles, as the gateway measures them.',
      expects: 'mapping of percentile to duration',
      example: { p95: '200ms' },
    }),
  queue: queue.optional().meta({ description: 'Work that waits elsewhere.' }),
})
  .refine((given) => Object.keys(given).length > 0, {
    error: 'holds nothing, expected cpu, memory, requests_per_second, concurrency, latency or queue',
    when: isObject,
  })
  .transform(({ requests_per_second, ...rest }) => ({
    ...rest,
    ...(requests_per_second !== undefined && { requestsPerSecond: requests_per_second }),
  }));

const rate = mapping('Scale: rates', '{ instances: 4, per: 15s }', {
  instances: whole(1, 1000, 4).optional().meta({ description: 'So many at most. Exactly one of instances and share is given.' }),
  share: someShare('100%').optional().meta({ description: 'At most this share of what there was.' }),
  per: time('15s').meta({ description: 'In this time.' }),
})
  .refine((given) => (given.instances === undefined) !== (given.share === undefined), {
    error: 'expected exactly one of instances and share',
    when: isObject,
  })
  .transform(({ instances, share, per }) =>
    instances === undefined ? { kind: 'share' as const, share: share ?? 1, per } : { kind: 'instances' as const, instances, per },
  );

type RateText =
  | readonly [{ readonly instances: number; readonly per: string }, ...{ readonly share: string; readonly per: string }[]]
  | readonly { readonly share: string; readonly per: string }[];

const behaviour = (window: string, rates: RateText, meaning: string) =>
  mapping('Scale: pace', `{ window: ${window} }`, {
    window: duration('60s').prefault(window).meta({ description: meaning }),
    rates: list(rate, 'a list of rates', '[{ instances: 4, per: 15s }]', 0, 10)
      .prefault([...rates])
      .meta({ description: 'How fast it may go; the rate that allows most counts. An empty list: never by itself.' }),
  });
const up = behaviour(
  '0s',
  [
    { instances: 4, per: '15s' },
    { share: '100%', per: '15s' },
  ],
  'The least that was asked for in this time counts when going up, the most when going down.',
);
const down = behaviour(
  '5m',
  [{ share: '100%', per: '15s' }],
  'The least that was asked for in this time counts when going up, the most when going down.',
);

const window = mapping('Scale: schedule', '{ cron: 0 8 * * MON-FRI, duration: 10h, min: 4 }', {
  cron: cron.meta({ description: 'When it begins: minute, hour, day of the month, month, day of the week.' }),
  time_zone: timeZone.prefault('UTC').meta({ description: 'In which time zone.', example: 'Europe/Berlin' }),
  duration: time('10h').meta({ description: 'How long it lasts.' }),
  min: whole(1, 1000, 4).meta({ description: 'Fewest instances while it lasts.' }),
}).transform(({ cron, time_zone, duration, min }) => ({ cron, timeZone: time_zone, lasts: duration, min }));

const zero = mapping('Scale: zero', '{ after: 5m }', {
  after: time('5m').prefault('5m').meta({ description: 'How long nothing may have been asked for before the last instance goes.' }),
});

export const scale = mapping('Scale', '{ min: 2, max: 10, targets: { cpu: 70% } }', {
  min: whole(0, 1000, 2).meta({ description: 'Fewest instances. 0: none while nobody asks; the first request is held until one is up.' }),
  max: whole(1, 1000, 10).meta({ description: 'Most instances.' }),
  targets: targets.meta({ description: 'What to hold; the target that asks for most instances wins.' }),
  every: time('1s').prefault('1s').meta({ description: 'How often it is measured and decided.' }),
  tolerance: someShare('10%').prefault('10%').meta({ description: 'How far from its target a measurement may be without a change.' }),
  up: up.prefault({}).meta({ description: 'How it grows.' }),
  down: down.prefault({}).meta({ description: 'How it shrinks.' }),
  schedule: list(window, 'a list of times', '[{ cron: 0 8 * * MON-FRI, duration: 10h, min: 4 }]', 0, 50)
    .prefault([])
    .meta({ description: 'More than `min` at times of the day or week.' }),
  zero: zero.optional().meta({ description: 'For `min: 0`.', usually: '`{ after: 5m }`' }),
})
  .refine(({ min, max }) => typeof min !== 'number' || typeof max !== 'number' || max >= min, {
    error: 'max is smaller than min',
    path: ['max'],
    when: isObject,
  })
  .refine(({ min, zero }) => zero === undefined || min === 0, { error: 'needs `min: 0`', path: ['zero'], when: isObject })
  .transform(({ zero, ...rest }) => ({ ...rest, zeroAfter: zero?.after ?? 300_000 }));
