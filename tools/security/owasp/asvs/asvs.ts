// ASVS 5.0.0, every requirement of levels 1 and 2, by the numbers of its English edition; those of level 3 are left out.
import type { List } from '../item.ts';
import { itemsOf } from '../item.ts';
import { accessChapters } from './access.ts';
import { identityChapters } from './identity.ts';
import { inputChapters } from './input.ts';
import { operationChapters } from './operation.ts';

export const asvs: List = {
  title: 'OWASP ASVS 5.0.0, levels 1 and 2',
  source:
    'Application Security Verification Standard, <https://github.com/OWASP/ASVS/tree/v5.0.0>. Numbers are those of version 5.0.0; what level 3 adds is not listed.',
  chapters: [...inputChapters, ...accessChapters, ...identityChapters, ...operationChapters].map(({ title, rows }) => ({
    title,
    items: itemsOf(rows),
  })),
};
