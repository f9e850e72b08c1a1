// People say what they want in their own words; the tool for it is among the first five that a search finds.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { searchOf } from '../../src/surfaces/mcp/search/search.ts';
import { callerThat, everyday, shelf, use } from './kit.ts';

const corpus = readFileSync(new URL('../corpus/intents/intents.tsv', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [tool = '', intent = ''] = line.split('\t');
    return intent === '' ? [] : [{ tool, intent }];
  });

describe('tool_search', () => {
  const find = searchOf(shelf.tools.map((one) => one.described));

  it('finds what is meant among the first five, for 19 of 20 intents', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150);
    const missed = corpus.filter(({ tool, intent }) => !find(intent, 5).some((one) => one.name === tool));
    expect((corpus.length - missed.length) / corpus.length, JSON.stringify(missed, null, 1)).toBeGreaterThanOrEqual(0.95);
  });

  it('is asked about tools that there are, and about each of them', () => {
    const names = new Set(shelf.tools.map((one) => one.described.name));
    expect(corpus.filter((one) => !names.has(one.tool))).toEqual([]);
  });

  it('finds nothing for what no tool speaks of', () => {
    expect(find('zzyzx qwertz', 5)).toEqual([]);
  });
});

describe('with the tools of every day, all others', () => {
  const nothing = callerThat({});

  it('are found, and described with every bound', async () => {
    expect(await use('tool_search', { intent: 'put up a maintenance page' }, nothing, everyday)).toMatchObject({
      tools: expect.arrayContaining([expect.objectContaining({ name: 'traffic_freeze', changes: 'what users feel' })]),
    });
    expect(await use('tool_describe', { name: 'traffic_freeze' }, nothing, everyday)).toMatchObject({
      input: { required: ['application', 'environment', 'service'], properties: { hold_ms: { minimum: 1 } } },
    });
    expect(await use('tool_describe', { name: 'traffic_freez' }, nothing, everyday)).toMatchObject({
      error: { code: 'operation_unknown', message: expect.stringContaining('did you mean "traffic_freeze"') },
    });
  });

  it('are called by what they may do: tool_read reads, tool_call changes, and what users feel has its own name', async () => {
    const caller = callerThat({
      'traffic.routes': { listening: 'x', version: 1, routes: [] },
      'scale.resume': { service: 'web', was_paused: true },
    });
    const place = { application: 'shop', environment: 'staging', service: 'web' };
    expect(await use('tool_read', { name: 'traffic_routes' }, caller, everyday)).toMatchObject({ listening: 'x' });
    expect(await use('tool_read', { name: 'scale_resume', arguments: place }, caller, everyday)).toMatchObject({
      error: { code: 'denied' },
    });
    expect(await use('tool_call', { name: 'scale_resume', arguments: place }, caller, everyday)).toMatchObject({ was_paused: true });
    for (const name of ['change_apply', 'run_abort', 'traffic_freeze'])
      expect(await use('tool_call', { name, arguments: place }, caller, everyday)).toMatchObject({
        error: { code: 'denied', try: expect.stringContaining(name) },
      });
  });

  it('that would change something are not there to read-only callers', async () => {
    const offer = shelf.offer({ kind: 'core', readOnly: true });
    expect([...offer.keys()]).not.toContain('tool_call');
    expect(await use('tool_read', { name: 'scale_resume' }, nothing, offer)).toMatchObject({ error: { code: 'operation_unknown' } });
  });
});
