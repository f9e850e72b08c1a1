// Settings from file, environment and flags: read strictly, and shown as they are read.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadSettings, showSettings } from './settings.ts';

async function fileWith(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'codectl-settings-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'codectl.yaml'), text);
  return join(directory, 'codectl.yaml');
}

it.each([
  ['a: &x 1\nb: *x', 'it has the alias *x'],
  ['__proto__: 1', 'it has the key "__proto__", which is refused'],
  ['log_level: info\nlog_level: debug', 'it gives the key "log_level" twice'],
  ['log_level: !!binary aW5mbw==', 'tag'],
  ['['.repeat(1_000), ''],
])('a file that says %j is refused, and named', async (text, why) => {
  const file = await fileWith(text);
  const said = (part: string) => expect.objectContaining({ code: 'settings_invalid', message: expect.stringContaining(part) });
  expect(() => loadSettings(file, {}, {})).toThrow(said(why));
  expect(() => loadSettings(file, {}, {})).toThrow(said(`${file}: `));
});

describe('calls_allowed', () => {
  it('is a list in the file, words in flags and in the environment, and shown as it would be typed', async () => {
    const file = await fileWith('calls_allowed: [metrics.example.org, 10.0.0.0/8]\n');
    const loaded = loadSettings(file, {}, {});
    expect(loaded.calls_allowed).toEqual(['metrics.example.org', '10.0.0.0/8']);
    expect(showSettings(loaded)['calls_allowed']).toBe('metrics.example.org,10.0.0.0/8');
    expect(loadSettings(file, { CODE_CALLS_ALLOWED: '*.example.net, 127.0.0.1' }, {}).calls_allowed).toEqual([
      '*.example.net',
      '127.0.0.1',
    ]);
    const anywhere = loadSettings(file, {}, { calls_allowed: 'any' });
    expect([anywhere.calls_allowed, showSettings(anywhere)['calls_allowed']]).toEqual([[], 'any']);
  });

  it('refuses what is neither host nor network, and names the source', async () => {
    const file = await fileWith('');
    for (const wrong of ['', ' , ', 'http://metrics.example.org', '10.0.0.0/40', 'any,metrics.example.org'])
      expect(() => loadSettings(file, {}, { calls_allowed: wrong })).toThrow(/^flags: calls_allowed: expected any, or hosts and networks/);
  });
});
