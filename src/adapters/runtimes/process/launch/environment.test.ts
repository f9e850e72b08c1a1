// Words and variables of a command, and the statuses that shells give.
import { describe, expect, it } from 'vitest';
import { endingOf } from '../inspect.ts';
import { placesIn, placesOf } from '../places.ts';
import { substitute, volumeVariable } from './environment.ts';

describe('substitute', () => {
  it.each([
    ['$PORT', '80'],
    ['${PORT}', '80'],
    ['--listen=$PORT/x', '--listen=80/x'],
    ['$PORTS ${PORTS} $PORT_A', '$PORTS ${PORTS} $PORT_A'],
    ['${A}${A}', '$PORT$PORT'],
    ['$A ${constructor} ${}', '$A ${constructor} ${}'],
  ])('%s → %s', (word, expected) => {
    expect(substitute([word], { PORT: '80', A: '$PORT' })).toEqual([expected]);
  });
});

it('names a volume so that every shell can say it', () => {
  expect(volumeVariable('order-data.v2')).toBe('CODE_VOLUME_ORDER_DATA_V2');
});

it.each(['', '.', '..', '../x', 'a/b', 'a\0b', '-x', 'x'.repeat(200)])('refuses the id %j, which is no name of a directory', (id) => {
  expect(() => placesOf(placesIn('/home'), id)).toThrow('cannot be the id');
});

it('tells a signal from a code, and says both where a shell mixes them', () => {
  expect(endingOf(0)).toEqual({ code: 0 });
  expect(endingOf(128)).toEqual({ code: 128 });
  expect(endingOf(137)).toEqual({ code: 137, signal: 'SIGKILL' });
  expect(endingOf(255)).toEqual({ code: 255 });
});
