// docs/security.md: each requirement with the tests that prove it, or why there is none. Written by `npm run docs`, compared by a test.
import type { Item, List, Standing } from './item.ts';
import { lists } from './lists.ts';
import type { Proof } from './proofs.ts';

export function securityPage(): string {
  return `# Published lists of requirements, and what proves them

<!-- Generated from tools/security/owasp by tools/docs/reference.ts; change the lists there, not this page. -->

What is **met** names the tests that prove it, by their names in the sources; a name that is not there fails a test. What has no test is **not met**, whatever
we believe of it, and says what is missing. What has no object here is **not applicable**, and says why. Requirements are told in our own words: the text that counts
is that of the source. A test proves what it tries, and no more; [SECURITY.md](../SECURITY.md) says what is promised and what is not, and
\`npm run security\` tries the attacks.

| list | requirements | met | not met | not applicable |
| --- | --- | --- | --- | --- |
${lists.map(totals).join('\n')}

${lists.map(section).join('\n\n')}
`;
}

function count(list: List, kind: Standing['kind']): number {
  return list.chapters.flatMap(({ items }) => items).filter(({ standing }) => standing.kind === kind).length;
}

function totals(list: List): string {
  const all = list.chapters.reduce((sum, { items }) => sum + items.length, 0);
  return `| ${list.title} | ${all} | ${count(list, 'met')} | ${count(list, 'not_met')} | ${count(list, 'not_applicable')} |`;
}

function section({ title, source, chapters }: List): string {
  const parts = chapters.map(({ title: chapter, items }) => `${chapters.length > 1 ? `### ${chapter}\n\n` : ''}${table(items)}`);
  return `## ${title}\n\n${source}\n\n${parts.join('\n\n')}`;
}

function table(items: readonly Item[]): string {
  const rows = items.map(({ id, words, standing }) => `| ${id} | ${cell(words)} | ${told(standing)} |`);
  return ['| | what is asked | how it stands |', '| --- | --- | --- |', ...rows].join('\n');
}

function told(standing: Standing): string {
  switch (standing.kind) {
    case 'met':
      return `met: ${standing.proofs.map(link).join('; ')}`;
    case 'not_met':
      return `**not met**: ${cell(standing.missing)}`;
    case 'not_applicable':
      return `not applicable, because ${cell(standing.because)}`;
  }
}

function link({ file, name, attacks }: Proof): string {
  const shown = attacks === undefined ? name : name.replace('$name', attacks);
  return `[${cell(shown).replaceAll('[', '\\[').replaceAll(']', '\\]')}](../${file})`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
