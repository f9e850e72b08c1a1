// Parsed sets under names that are used again.
import { describe, expect, it } from 'vitest';
import type { PolicySet, Question } from './language.ts';
import { loadLanguage } from './language.ts';
import { PreparedSets } from './prepared.ts';

const permitting = (id: string): PolicySet => ({
  policies: { [id]: `permit (principal == User::"${id}", action, resource);` },
  templates: {},
  links: [],
});
const asks = (id: string): Question => ({
  principal: { type: 'User', id },
  action: { type: 'Action', id: 'read' },
  resource: { type: 'Engine', id: 'engine' },
  context: {},
  entities: [],
});

describe('prepared sets', () => {
  it('are not mixed up when there are more than are kept, nor with those of another owner', async () => {
    const language = await loadLanguage();
    const owners = [new PreparedSets(language, 3), new PreparedSets(language, 3)];
    for (const id of ['a', 'b', 'c', 'a', 'd', 'e', 'a', 'b', 'd'])
      for (const [at, sets] of owners.entries()) {
        const name = sets.of(id, () => permitting(`${id}${at}`));
        expect(language.ask(name, asks(`${id}${at}`))).toEqual({ allowed: true, policies: [`${id}${at}`], broken: [] });
        expect(language.ask(name, asks(id)).allowed).toBe(false);
      }
  });

  it('are parsed once while they are kept, the one asked longest ago goes first', async () => {
    const sets = new PreparedSets(await loadLanguage(), 2);
    const made: string[] = [];
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b'])
      sets.of(id, () => {
        made.push(id);
        return permitting(id);
      });
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });

  it('that do not parse take nothing away', async () => {
    const language = await loadLanguage();
    const sets = new PreparedSets(language, 1);
    const name = sets.of('a', () => permitting('a'));
    expect(() => sets.of('b', () => ({ ...permitting('b'), policies: { b: 'nonsense' } }))).toThrow();
    expect(sets.of('a', () => permitting('other'))).toBe(name);
    expect(language.ask(name, asks('a')).allowed).toBe(true);
  });
});
