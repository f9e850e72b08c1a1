// Writes the manifest's reference page and its JSON Schema from the schema, and the page of published security requirements: `node tools/docs/reference.ts`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { generatedPages } from './pages.ts';

const root = new URL('../../', import.meta.url);
mkdirSync(new URL('docs/reference/', root), { recursive: true });
for (const [path, content] of Object.entries(generatedPages())) writeFileSync(new URL(path, root), content);
