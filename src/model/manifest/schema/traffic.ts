// How the gateway treats a service's requests, as the manifest describes it: times, retries, limits.
import { z } from 'zod';
import type { RatePolicy, TrafficPolicy } from '../../traffic.ts';
import { anySize, duration, someShare, time } from './scalars.ts';
import { mapping, says, shown, whole, word } from './words.ts';

const timeouts = mapping('Traffic: timeouts', '{ response: 60s }', {
  connect: time('2s').prefault('2s').meta({ description: 'How long connecting to an instance may take.' }),
  response: time('60s').prefault('60s').meta({ description: 'From the last byte of the request to the first of the answer; then 504.' }),
  idle: time('5m').prefault('5m').meta({ description: 'Without a byte in either direction.' }),
});

const retries = mapping('Traffic: retries', '{ attempts: 4, share: 20% }', {
  attempts: whole(1, 10, 4).prefault(4).meta({ description: 'Tries in all, each at another instance if there is one; `1`: never again.' }),
  share: someShare('20%').prefault('20%').meta({
    description: 'Of the requests of the last 10 s, how many may be second tries; three a second always may.',
  }),
});

const eject = mapping('Traffic: eject', '{ failures: 3 }', {
  failures: whole(0, 1000, 3).prefault(3).meta({ description: 'Failures in a row after which an instance is left alone; `0`: never.' }),
  time: time('1s').prefault('1s').meta({ description: 'How long the first time; doubles with each further one.' }),
  longest: time('30s').prefault('30s').meta({ description: 'The longest.' }),
  share: someShare('50%').prefault('100%').meta({
    description: 'Of the instances, how many may be left alone at once; one always may, and never all.',
  }),
});

const concurrency = mapping('Traffic: concurrency', '{ in_flight: 100 }', {
  in_flight: whole(1, 100_000, 100).meta({ description: 'Requests that an instance is given at once.' }),
  queue: whole(0, 100_000, 100).prefault(100).meta({
    description: 'Requests that wait for a place when every instance has as many; one more gets 503 with Retry-After.',
  }),
  wait: duration('1s').prefault('1s').meta({ description: 'How long one waits, before 503.' }),
}).transform(({ in_flight, queue, wait }) => ({ inFlight: in_flight, queue, wait }));

const perSecond = says('a number from 0.001 to 1000000', '100');
const header = mapping('Traffic: rate limit by header', '{ header: X-Api-Key }', {
  header: word('the name of a header field', 'X-Api-Key', /^[\w!#$%&'*+.^`|~-]{1,64}$/).meta({
    description:
      'Its value tells askers apart; without it the client address does. Who invents values is a new asker each time: take one that something in front of the service verifies.',
  }),
}).transform((given): RatePolicy['by'] => ({ kind: 'header', name: given.header }));
const askers = z.enum(['address', 'service']).transform((kind): RatePolicy['by'] => ({ kind }));
const by = z
  .union([askers, header], {
    error: ({ input }) => `expected address, service or a mapping such as \`{ header: X-Api-Key }\`, got ${shown(input)}`,
  })
  .meta({ expects: '`address`, `service` or a mapping with `header`', example: 'address' });

const rateLimit = mapping('Traffic: rate limit', '{ requests_per_second: 100 }', {
  requests_per_second: z.number(perSecond).min(0.001, perSecond).max(1_000_000, perSecond).meta({
    description: 'The steady rate of one asker; above it 429 with Retry-After.',
    expects: 'a number',
    example: 100,
  }),
  burst: whole(1, 1_000_000, 200)
    .optional()
    .meta({ description: 'How many may come at once after a pause.', usually: 'the rate, at least `1`' }),
  by: by.prefault('address').meta({
    description: 'Who is one asker: a client address (of IPv6 a network of 64 bits), the service as a whole, or a value of a header.',
  }),
}).transform(
  ({ requests_per_second, burst, by }): RatePolicy => ({
    perSecond: requests_per_second,
    burst: burst ?? Math.max(1, Math.ceil(requests_per_second)),
    by,
  }),
);

const wake = mapping('Traffic: wake', '{ hold: 60s }', {
  hold: duration('60s').prefault('60s').meta({ description: 'How long a request waits for the first instance.' }),
  most: whole(1, 100_000, 1000).prefault(1000).meta({ description: 'Requests that wait at once; more get 503.' }),
});

export const traffic = mapping('Traffic', '{ timeouts: { response: 60s } }', {
  hold: duration('5s').prefault('5s').meta({ description: 'How long a request waits while no instance is ready, before 503.' }),
  timeouts: timeouts.prefault({}).meta({ description: 'How long each part of a request may take.' }),
  max_body: anySize.optional().meta({ description: 'The largest content of a request; above it 413.', example: '10Mi' }),
  retries: retries.optional().meta({
    description: 'Requests that no application has seen, or whose repetition does no harm, are tried again.',
    usually: '`{}`, with a budget that all services share',
  }),
  eject: eject.optional().meta({
    description: 'Instances that cannot be reached, hang up without an answer or answer in garbage are left alone for a while.',
    usually: '`{}`',
  }),
  concurrency: concurrency.optional().meta({ description: 'Bounds what instances have to do at once.', usually: 'no bound' }),
  rate_limit: rateLimit.optional().meta({ description: 'Bounds how often somebody may ask.', usually: 'no bound' }),
  wake: wake.optional().meta({
    description: 'Requests to a service that is scaled to nothing wait longer than `hold`.',
    usually: 'with `scale.min: 0`: as long as an instance may take to become ready, 1000 at once',
  }),
}).transform(
  ({ hold, timeouts: { connect, response, idle }, max_body, retries, eject, concurrency, rate_limit, wake }): TrafficPolicy => ({
    hold,
    connectTimeout: connect,
    responseTimeout: response,
    idleTimeout: idle,
    ...(max_body !== undefined && { maxBody: max_body }),
    ...(retries && { retries }),
    ...(eject && { eject }),
    ...(concurrency && { limit: concurrency }),
    ...(rate_limit && { rate: rate_limit }),
    ...(wake && { wake }),
  }),
);
