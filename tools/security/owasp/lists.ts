// All published lists that are answered, in the order of the page.
import { asvs } from './asvs/asvs.ts';
import type { List } from './item.ts';
import { apiTop10, top10 } from './top10.ts';

export const lists: readonly List[] = [...top10, apiTop10, asvs];
