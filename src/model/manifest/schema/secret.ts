// A secret that a service names: in its environment, or as a file.
import { z } from 'zod';
import { variableName } from './scalars.ts';
import { choice, mapping, says } from './words.ts';

const asFile = mapping('Secret', '{ name: TLS_KEY, as: file }', {
  name: variableName.meta({ description: 'Name of the secret.', example: 'TLS_KEY' }),
  as: choice(['file']).meta({
    description: 'A file for the user of the instance alone, in memory where that can be; its path is told as `TLS_KEY_FILE`.',
  }),
});

export const secret = z
  .union([variableName, asFile], {
    error: ({ input }) =>
      typeof input === 'string'
        ? says('a name of letters, digits and "_"', 'LOG_LEVEL').error({ input })
        : says('a name, or a mapping', '{ name: TLS_KEY, as: file }').error({ input }),
  })
  .meta({ expects: 'a name or a mapping' });
