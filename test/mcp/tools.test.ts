// Every operation that is not for people alone is a tool, described so that an agent can choose and a host can ask; and what that costs in tokens.
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { catalogue } from '../../src/operations/catalogue.ts';
import { defineCall } from '../../src/operations/operation.ts';
import { shelfOf } from '../../src/surfaces/mcp/offer.ts';
import { core, profileAt } from '../../src/surfaces/mcp/profile.ts';
import type { Described } from '../../src/surfaces/mcp/tool.ts';
import { everyday, everything, shelf } from './kit.ts';

const described = [...everything.values()].map((one) => one.described);
const named = (offer: ReadonlyMap<string, unknown>) => [...offer.keys()];

describe('the catalogue seen as tools', () => {
  it('has a tool for each operation that agents may call, of another name each, and none for what is for people', () => {
    const open = catalogue.filter((one) => !one.humansOnly && one.body !== 'binary');
    expect(shelf.tools.map((one) => one.operation.name)).toEqual(open.map((one) => one.name));
    expect(new Set(described.map((one) => one.name)).size).toBe(described.length);
    expect(named(everything).filter((name) => /approve|withdraw|glass|token_create|exec|command|secrets_set/.test(name))).toEqual([]);
  });

  it('makes a tool of an operation that is added, and a server of a group', () => {
    const operation = defineCall({
      name: 'kites.fly',
      summary: 'Flies a kite.',
      effect: 'write',
      input: z.strictObject({ colour: z.enum(['red', 'blue']), height: z.int().min(1).max(5).optional() }),
      output: z.object({ id: z.string() }),
      handler: async () => ({ id: 'k' }),
    });
    const { servers, offer } = shelfOf([operation]);
    expect(servers).toEqual(['kites']);
    expect(offer({ kind: 'servers', servers: ['kites'], readOnly: false }).get('kites_fly')?.described).toEqual({
      name: 'kites_fly',
      title: 'Kites: fly',
      description: 'Flies a kite.',
      inputSchema: { type: 'object', properties: { colour: { enum: ['red', 'blue'] }, height: { type: 'integer' } }, required: ['colour'] },
      outputSchema: { type: 'object', properties: { id: { type: 'string' } } },
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    });
  });

  it.each(
    described.map((one) => [one.name, one] as const),
  )('%s has a title, all four hints, schemas of objects, and at most two sentences', (name, tool) => {
    expect(name).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(tool.title).not.toBe('');
    expect(Object.values(tool.annotations).map((hint) => typeof hint)).toEqual(['boolean', 'boolean', 'boolean', 'boolean']);
    expect(tool.inputSchema.type).toBe('object');
    expect(tool.outputSchema.type).toBe('object');
    expect(tool.description.split(/[.!?](?:\s|$)/).filter((part) => part.trim() !== '').length).toBeLessThanOrEqual(2);
  });

  it('calls three tools destructive, and no others', () => {
    const destructive = described.filter((one) => one.annotations.destructiveHint).map((one) => one.name);
    expect(destructive.sort()).toEqual(['change_apply', 'run_abort', 'traffic_freeze']);
    expect(described.filter((one) => one.name.endsWith('_plan')).every((one) => one.annotations.readOnlyHint)).toBe(true);
  });

  it('takes no argument that could stand for an approval', () => {
    const changing = described.filter((one) => !one.annotations.readOnlyHint);
    const taken = changing.flatMap((one) => Object.keys(one.inputSchema['properties'] as object));
    expect(taken.filter((name) => /confirm|approv|force|yes|override/.test(name))).toEqual([]);
  });
});

describe('a profile', () => {
  const at = (path: string) => named(shelf.offer(profileAt(path, shelf.servers)));

  it('is chosen by the address', () => {
    expect(at('/mcp')).toEqual(named(everyday));
    expect(at('/mcp').filter((name) => core.includes(name)).length).toBe(core.length);
    expect(at('/mcp/all')).toEqual(named(everything));
    expect(at('/mcp/x/traffic,scale')).toEqual([
      'traffic_routes',
      'traffic_freeze',
      'traffic_unfreeze',
      'scale_status',
      'scale_pause',
      'scale_resume',
    ]);
    expect(at('/mcp/x/%7Btraffic,scale%7D')).toEqual(at('/mcp/x/traffic,scale'));
  });

  it.each(['/mcp/readonly', '/mcp/all/readonly', '/mcp/x/change,traffic/readonly'])('%s offers only what changes nothing', (path) => {
    const offer = shelf.offer(profileAt(path, shelf.servers));
    expect(offer.size).toBeGreaterThan(0);
    expect([...offer.values()].filter((one) => !one.described.annotations.readOnlyHint).map((one) => one.described.name)).toEqual([]);
  });

  it.each([
    ['/mcp/x/trafic', 'did you mean "traffic"'],
    ['/mcp/x/,', 'No server'],
    ['/mcp/more', 'nothing at'],
    ['/mcp/all/x', 'nothing at'],
    ['/mcp/x/traffic/scale', 'nothing at'],
  ])('is refused where there is none: %s', (path, words) => {
    expect(() => profileAt(path, shelf.servers)).toThrow(words);
  });
});

describe('what agents pay', () => {
  const tokens = ({ name, description, inputSchema }: Described) => encode(JSON.stringify({ name, description, inputSchema })).length;
  const sum = (tools: readonly Described[]) => tools.reduce((all, one) => all + tokens(one), 0);
  const of = (offer: typeof everyday) => [...offer.values()].map((one) => one.described);

  it('is at most 2,000 tokens for the tools of every day', () => {
    expect(sum(of(everyday))).toBeLessThanOrEqual(2_000);
  });

  it('is at most 8,000 tokens for all of them', () => {
    expect(described.length).toBeGreaterThanOrEqual(60);
    expect(sum(described)).toBeLessThanOrEqual(8_000);
  });

  it('is at most 105 tokens for a tool on average', () => {
    const dearest = described.map((one) => [one.name, tokens(one)] as const).sort(([, one], [, other]) => other - one);
    expect(sum(described) / described.length, JSON.stringify(dearest.slice(0, 8))).toBeLessThanOrEqual(105);
  });
});
