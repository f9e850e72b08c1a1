// The committed pages are the generated ones.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedPages } from '../../tools/docs/pages.ts';

describe('generated pages', () => {
  it.each(Object.entries(generatedPages()))('%s is up to date (else run `node tools/docs/reference.ts`)', (path, content) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(content);
  });
});
