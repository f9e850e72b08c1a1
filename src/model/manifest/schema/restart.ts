// What follows when an instance of a service or a worker ends by itself, as the manifest says it.
import { time } from './scalars.ts';
import { choice, mapping, whole } from './words.ts';

export const restart = mapping('Restart', '{ condition: on-failure, attempts: 3, window: 10m }', {
  condition: choice(['any', 'on-failure', 'none']).prefault('any').meta({
    description:
      "Whose place is filled again: everyone's, that of those that did not exit with code 0, or nobody's. With `none` an instance that fails its probes is left alone, too, without traffic. A deployment fills every place of the release that it makes for, and counts every end as a failure.",
    example: 'on-failure',
  }),
  delay: time('5s').optional().meta({
    description: 'Pause before a replacement; it doubles with each further failure, until an instance stays ready for a minute.',
    usually: 'none before the first, `1s` before the second',
  }),
  max_delay: time('60s')
    .optional()
    .meta({ description: 'The longest pause; as long as `delay`: every pause is the same.', usually: '`60s`, or `delay`' }),
  attempts: whole(0, 20, 3).optional().meta({
    description:
      'Replacements for each of the wanted instances; then its place stays empty, until `window` has passed, or `codectl restart` or another deployment. A deployment bears no more failures than this.',
    usually: 'no bound',
  }),
  window: time('10m').optional().meta({
    description: 'In which `attempts` are counted.',
    usually: 'they are counted until an instance stays ready for a minute',
  }),
})
  .refine(({ delay, max_delay }) => max_delay === undefined || max_delay >= (delay ?? 0), {
    error: 'is shorter than delay, make it as long or leave it out',
    path: ['max_delay'],
  })
  .refine(({ attempts, window }) => window === undefined || attempts !== undefined, {
    error: 'needs attempts, add one such as `attempts: 3`',
    path: ['window'],
  })
  .transform(({ max_delay, ...rest }) => ({ ...rest, ...(max_delay !== undefined && { maxDelay: max_delay }) }));
