// Bills of materials, judged by what is published about their formats.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { describe, expect, it } from 'vitest';
import { cycloneDx } from '../../src/decide/supply/cyclonedx.ts';
import { npmComponent, pythonComponent } from '../../src/decide/supply/purl.ts';
import { spdx } from '../../src/decide/supply/spdx.ts';
import type { Subject } from '../../src/decide/supply/subject.ts';
import { joined } from '../../src/engine/supply/inventory/inventory.ts';
import { npmLock } from '../../src/engine/supply/inventory/npm.ts';

const path = 'package-lock.json';
const subject: Subject = {
  name: 'shop/api',
  version: 'api@3f9a1c2b44d0',
  sha256: 'a'.repeat(64),
  at: Date.UTC(2026, 0, 1),
  tool: { name: 'codectl', version: '0.1.0' },
  inventory: {
    components: [
      npmComponent('@scope/b', '2.0.0', { licence: '(MIT OR Apache-2.0)', path }),
      npmComponent('a', '1.0.0', { licence: 'see LICENSE.md', path }),
      pythonComponent('Flask', '3.0.0', { licence: undefined, path: 'requirements.txt' }),
    ],
    unread: [{ path: 'Gemfile.lock', because: 'Gemfile.lock is not read here' }],
  },
};
const whole = (): Subject => {
  const text = readFileSync(fileURLToPath(new URL('../../package-lock.json', import.meta.url)), 'utf8');
  return { ...subject, inventory: { components: joined(npmLock.read({ path, text }, undefined).components), unread: [] } };
};

describe('CycloneDX', () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  it.each([
    ['of a few components', () => subject],
    ['of nothing', () => ({ ...subject, inventory: { components: [], unread: [] } })],
    ['of this repository', whole],
  ] as const)('%s fits the published schema of version 1.6', async (_, make) => {
    expect(await validator.validate(JSON.stringify(cycloneDx(make())))).toBeNull();
  });

  it('would be refused by that schema with a word that it does not know', async () => {
    expect(await validator.validate(JSON.stringify({ ...cycloneDx(subject), compositions: [{ aggregate: 'mostly' }] }))).not.toBeNull();
  });

  it('is the same for the same artifact, another for another, and says what it lacks', () => {
    const bill = cycloneDx(subject) as { serialNumber: string };
    expect(cycloneDx(subject)).toEqual(bill);
    expect(cycloneDx({ ...subject, version: 'api@000000000000' })).not.toMatchObject({ serialNumber: bill.serialNumber });
    expect(bill).toMatchObject({
      metadata: {
        timestamp: '2026-01-01T00:00:00.000Z',
        properties: [{ name: 'codectl:not_measured', value: expect.stringContaining('Gemfile.lock') }],
      },
      components: [
        { group: '@scope', name: 'b', licenses: [{ expression: '(MIT OR Apache-2.0)' }] },
        { name: 'a', licenses: [{ license: { name: 'see LICENSE.md' } }], evidence: { occurrences: [{ location: path }] } },
        { name: 'flask' },
      ],
      compositions: [{ aggregate: 'incomplete' }],
    });
  });
});

describe('SPDX', () => {
  it('has every member that version 2.3 requires of documents, packages and relationships', () => {
    const bill = spdx(subject) as {
      readonly packages: readonly Readonly<Record<string, unknown>>[];
      readonly relationships: readonly Readonly<Record<string, string>>[];
    };
    expect(bill).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: 'shop/api@api@3f9a1c2b44d0',
      documentNamespace: expect.stringMatching(/^urn:codectl:spdx:[0-9a-f]{64}$/),
      creationInfo: { created: '2026-01-01T00:00:00Z', creators: ['Tool: codectl-0.1.0'] },
      comment: expect.stringContaining('Gemfile.lock'),
    });
    const ids = bill.packages.map(({ SPDXID }) => SPDXID);
    expect(new Set(ids).size).toBe(4);
    for (const one of bill.packages) {
      expect(one['SPDXID']).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
      expect(one).toMatchObject({ name: expect.any(String), downloadLocation: 'NOASSERTION', filesAnalyzed: false });
    }
    for (const { spdxElementId, relatedSpdxElement } of bill.relationships)
      expect(['SPDXRef-DOCUMENT', ...ids]).toEqual(expect.arrayContaining([spdxElementId, relatedSpdxElement]));
    expect(bill.relationships[0]).toMatchObject({ relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-Artifact' });
  });

  it('declares licences only where they are expressions, and keeps the words of the others', () => {
    const { packages } = spdx(subject) as { readonly packages: readonly Readonly<Record<string, unknown>>[] };
    expect(packages.map(({ licenseDeclared, licenseComments }) => [licenseDeclared, licenseComments])).toEqual([
      ['NOASSERTION', undefined],
      ['(MIT OR Apache-2.0)', undefined],
      ['NOASSERTION', 'declared as "see LICENSE.md"'],
      ['NOASSERTION', undefined],
    ]);
  });

  it('is the same for the same artifact', () => {
    expect(spdx(subject)).toEqual(spdx({ ...subject }));
  });
});
