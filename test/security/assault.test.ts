// Every class of attacks against a running house: none gets through, and its harmless twins do. And against a house with holes: every class notices its own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Arena } from '../../tools/security/assault/arena.ts';
import { assault } from '../../tools/security/assault/attack.ts';
import { classes } from '../../tools/security/assault/list.ts';
import type { Weakened } from '../../tools/security/assault/plants.ts';
import { plants, weakened } from '../../tools/security/assault/plants.ts';

describe('a running house', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await Arena.open();
  });
  afterAll(() => arena[Symbol.asyncDispose]());

  it.each(classes)('withstands attacks: $name', async (one) => {
    const { attacks, passed, falseAlarms } = await assault(arena, one);
    expect({ passed, falseAlarms }).toEqual({ passed: [], falseAlarms: [] });
    expect(attacks).toBeGreaterThanOrEqual(10);
  });
});

describe('a house with a hole', () => {
  let copy: Weakened;
  let arena: Arena;
  beforeAll(async () => {
    copy = await weakened();
    arena = await Arena.open({ program: copy.program });
  });
  afterAll(async () => {
    await arena[Symbol.asyncDispose]();
    await copy.close();
  });

  it.each(plants)('is noticed: $name', async ({ noticedBy }) => {
    const one = classes.find(({ name }) => name === noticedBy);
    expect(one, noticedBy).toBeDefined();
    expect((one && (await assault(arena, one, 1)))?.passed).not.toEqual([]);
  });
});
