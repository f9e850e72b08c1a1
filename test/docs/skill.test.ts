// The skill that ships with the package: it speaks of tools and answers that there are, and nothing in it leads nowhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { errorCodes } from '../../src/base/errors.ts';
import { everything } from '../mcp/kit.ts';

const folder = new URL('../../skills/codectl/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
const textOf = (name: string) => readFileSync(new URL(name, folder), 'utf8');

describe('the skill', () => {
  it('says in its head what it is called and when it is of use', () => {
    const head = parse(/^---\n([^]+?)\n---\n/.exec(textOf('SKILL.md'))?.[1] ?? '') as { name: string; description: string };
    expect(Object.keys(head).toSorted()).toEqual(['description', 'name']);
    expect(head.name).toBe('codectl');
    expect(head.description).toMatch(/Use it when/);
    expect(head.description.length).toBeLessThanOrEqual(1_024);
  });

  it('is short enough to be read whole, and is in the package', () => {
    expect(textOf('SKILL.md').split('\n').length).toBeLessThan(200);
    const { files: shipped } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      files: readonly string[];
    };
    expect(shipped).toContain('skills');
  });

  const servers = new Set([...everything.keys()].map((name) => name.split('_')[0] ?? ''));

  it.each(files)('%s names tools, codes and pages that there are', (name) => {
    const text = textOf(name);
    const tools = Array.from(text.matchAll(/`([a-z]+_[a-z_]+)`/g), ([, word = '']) => word).filter((word) =>
      servers.has(word.split('_')[0] ?? ''),
    );
    const known = (word: string) => everything.has(word) || Object.hasOwn(errorCodes, word);
    // Members of answers look like tools.
    const members = new Set(['tainted_until', 'plan_id', 'approvals_needed', 'plan_drifted', 'change_id']);
    expect(tools.filter((word) => !known(word) && !members.has(word))).toEqual([]);
    for (const [, code = ''] of text.matchAll(/^\| `([a-z_]+)`/gm)) expect([code, Object.hasOwn(errorCodes, code)]).toEqual([code, true]);
    for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g))
      expect([target, existsSync(new URL(target, new URL(name, folder)))]).toEqual([target, true]);
  });

  it('leads to each of its pages', () => {
    const all = files.map(textOf).join('\n');
    expect(files.filter((name) => name !== 'SKILL.md' && !all.includes(name.replace('flows/', '')))).toEqual([]);
  });
});
