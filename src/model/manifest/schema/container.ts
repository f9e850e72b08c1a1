// How a container runs where that differs from the strict default.
import { z } from 'zod';
import { textLike } from './scalars.ts';
import { list, mapping, says, whole, word } from './words.ts';

const flag = z.boolean(says('true or false', 'true'));
const capability = word('a capability without CAP_', 'NET_BIND_SERVICE', /^(?!CAP_)[A-Z][A-Z0-9_]{1,40}$/);
const user = word(
  'a user such as 1000, 1000:1000 or a name that the image knows',
  '1000:1000',
  /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,63})?$/,
);

export const container = mapping('Container', '{ writable: true }', {
  command: list(textLike('serve'), 'a list of words', '[serve, --verbose]', 1, 256)
    .optional()
    .meta({ description: "Words for the image's entrypoint in place of the image's own, never a shell line.", example: ['serve'] }),
  user: user.optional().meta({
    description: 'Who it runs as.',
    usually: "the image's user; `65532:65532` where that is root",
    expects: 'a user',
    example: '1000:1000',
  }),
  writable: flag.optional().meta({
    description: 'Whether its own files may be written to. Volumes may be, and `/tmp`, which is in memory.',
    usually: '`false`',
    expects: '`true` or `false`',
    example: true,
  }),
  capabilities: list(capability, 'a list of capabilities', '[NET_BIND_SERVICE]', 0, 50)
    .optional()
    .meta({ description: 'Rights of root that it gets.', usually: '`[]`', example: ['NET_BIND_SERVICE'] }),
  new_privileges: flag.optional().meta({
    description: 'Whether it may gain rights by programs that are marked so (setuid).',
    usually: '`false`',
    expects: '`true` or `false`',
    example: true,
  }),
  processes: whole(1, 1_000_000, 4096).optional().meta({ description: 'Processes and threads at most.', usually: '`4096`' }),
});
