// Links of the README lead somewhere: to a file that is there, and to a heading in it.
import { access, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);

/** As GitHub makes anchors of headings. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

it('every link of the README into this repository is to something that is there', async () => {
  const text = await readFile(new URL('README.md', root), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)(?:#([^)\s]+))?\)/g)].map(([, file = '', anchor]) => ({ file, anchor }));
  expect(links.filter(({ anchor }) => anchor !== undefined).length).toBeGreaterThan(10);
  const broken: string[] = [];
  for (const { file, anchor } of links) {
    const there = await access(new URL(file, root)).then(
      () => true,
      () => false,
    );
    const headings = there && anchor !== undefined ? [...(await readFile(new URL(file, root), 'utf8')).matchAll(/^#+ (.+)$/gm)] : [];
    if (!there || (anchor !== undefined && !headings.some(([, heading = '']) => anchorOf(heading) === anchor)))
      broken.push(`${file}#${anchor ?? ''}`);
  }
  expect(broken).toEqual([]);
});
