// The generated pages by path from the repository's root; the same list is written by `reference.ts` and compared by a test.
import { manifestJsonSchema } from '../../src/model/manifest/pages/json-schema.ts';
import { manifestReference } from '../../src/model/manifest/pages/reference.ts';
import { securityPage } from '../security/owasp/page.ts';

export function generatedPages(): Readonly<Record<string, string>> {
  return {
    'docs/reference/manifest.md': manifestReference(),
    'docs/security.md': securityPage(),
    'docs/reference/manifest.schema.json': `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`,
  };
}
