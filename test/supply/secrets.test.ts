// The scan for secrets beside its corpus (test/corpus/secrets, counted by `npm run security`): what it reads, what it leaves alone, and what it never says.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { patterns } from '../../src/engine/supply/secrets/rules.ts';
import { scanSecrets } from '../../src/engine/supply/secrets/scan.ts';
import { secretsIn } from '../../src/engine/supply/secrets/text.ts';
import { patternProblem } from '../../src/platform/guard/pattern/pattern.ts';
import { corpora, readCorpus, spelled } from '../../tools/security/corpus.ts';
import { contentsOf } from './kit.ts';

const { signal } = new AbortController();
const token = ['ghp', 'R8sT2vWq9LmXzK4nB7cD1fG5hJ3pY6aE0uIo'].join('_');
const scan = (files: Readonly<Record<string, string>>) => scanSecrets(contentsOf(files), new Set(), signal);

describe('the patterns', () => {
  it.each(patterns)('%s is one that no text makes slow', (pattern) => {
    expect(patternProblem(pattern)).toBeUndefined();
  });
});

describe('a finding', () => {
  it('says where and what, and not the secret', async () => {
    const { findings } = await scan({ 'src/app.js': `// one\nconst a = "${token}";\n` });
    expect(findings).toEqual([{ path: 'src/app.js', line: 2, kind: 'GitHub personal access token', shown: 'ghp_… (40 characters)' }]);
  });

  it('of the whole corpus shows no part of a secret beyond what everybody knows of its kind', () => {
    for (const { value } of readCorpus('secrets', 'attack')) {
      const [before = '', after = ''] = value as readonly string[];
      const shown = secretsIn(String(spelled(value)))
        .map((one) => `${one.kind} ${one.shown}`)
        .join('\n');
      // The head of a key is what everybody knows; its parts are two words there.
      if (!after.includes(' KEY-----')) expect(shown).not.toContain(before.slice(-6) + after.slice(0, 6));
    }
    expect(readFileSync(`${corpora}/secrets/attack.txt`, 'utf8')).not.toContain(token);
  });
});

describe('a snapshot', () => {
  it('is read but for what others published, what is no text, and what its .codesecrets names', async () => {
    const line = `token: ${token}\n`;
    const { findings, files, unread } = await scan({
      '.codesecrets': '# looked at\n/fixtures/\n',
      'fixtures/a.yml': line,
      'node_modules/x/readme.md': line,
      'venv/lib/site-packages/x/a.py': line,
      'image.bin': `\0${line}`,
      'big.txt': line.repeat(60_000),
      'deep/er/.env': line,
      'store.p12': 'x',
    });
    expect(findings.map(({ path }) => path)).toEqual(['deep/er/.env', 'store.p12']);
    expect(unread).toEqual([{ path: 'big.txt', because: 'it is larger than 2Mi' }]);
    expect(files).toBe(3);
  });

  it('refuses an ignore file that could make it slow', async () => {
    await expect(scan({ '.codesecrets': '*a*b*c*d*e*f' })).rejects.toMatchObject({ code: 'input_invalid' });
  });

  it('finds a secret in one long line, wherever it stands', async () => {
    for (const at of [0, 9_990, 19_990, 29_995, 59_000])
      expect((await scan({ 'app.min.js': `${'a;'.repeat(at / 2)}"${token}"${'b;'.repeat(1_000)}` })).findings).toHaveLength(1);
  });

  it('comes to its end on texts that are made to keep it busy', async () => {
    const files = Object.fromEntries(
      [
        'a',
        '=',
        ':',
        'a=',
        'password=',
        '-----BEGIN PRIVATE KEY-----',
        'x://',
        'x://a:',
        '"',
        'eyJ',
        'a.',
        'password["',
        '\n',
        'authorization: ',
      ].map((part, at) => [`${at}.txt`, part.repeat(500_000 / part.length)]),
    );
    expect((await scan(files)).files).toBe(14);
  });
});
