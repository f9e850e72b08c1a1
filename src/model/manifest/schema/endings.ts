// What becomes of a release that does not make it: how much may fail, what a missed deadline means, how long it stays for a look.
import { z } from 'zod';
import { duration, someShare } from './scalars.ts';
import { choice, says } from './words.ts';

export const maxFailureRatio = someShare('40%').optional().meta({
  description:
    'Share of the wanted number whose failures are borne, from the first start to the end of the bake: instances that end by themselves, or are not ready during the bake.',
  usually: 'two that end by themselves on the way, none during the bake',
});

export const onDeadline = choice(['abort', 'keep']).prefault('abort').meta({
  description:
    'What follows when instances are not ready within `probe.deadline`. `abort`: the old release is restored. `keep`: the new one stays as it is and the deployment pauses, until `codectl resume`, `codectl abort` or another deployment.',
});

export const abortScaleDown = z
  .union([z.literal('keep'), duration('30s')], says('a duration, or keep', '30s'))
  .prefault('30s')
  .meta({
    description:
      'How long the instances of the new release stay for a look, without traffic, after a deployment went back; `0s`: not at all, `keep`: until the next deployment.',
    expects: 'a duration up to 24h, or `keep`',
    example: '30s',
  });

interface Given {
  readonly on_deadline: 'abort' | 'keep';
}

/** As the engine calls them; what is usual is left out. */
export function endingOf({ on_deadline }: Given): { readonly onDeadline?: 'keep' } {
  return on_deadline === 'keep' ? { onDeadline: on_deadline } : {};
}
