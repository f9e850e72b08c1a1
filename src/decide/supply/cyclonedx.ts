// A bill of materials in CycloneDX 1.6 (ECMA-424), JSON. The same artifact gives the same text.
import { digestOfJson } from '../../base/digest.ts';
import type { Component } from '../../model/supply/component.ts';
import { isExpression } from './licence.ts';
import type { Subject } from './subject.ts';
import { gapsOf } from './subject.ts';

export function cycloneDx(subject: Subject): object {
  const { name, version, sha256, at, tool, inventory } = subject;
  const gaps = gapsOf(subject);
  const root = `${name}@${version}`;
  const body = {
    metadata: {
      timestamp: new Date(at).toISOString(),
      tools: { components: [{ type: 'application', name: tool.name, version: tool.version }] },
      component: {
        type: 'application',
        'bom-ref': root,
        name,
        version,
        ...(sha256 !== undefined && { hashes: [{ alg: 'SHA-256', content: sha256 }] }),
      },
      ...(gaps.length > 0 && { properties: gaps.map((value) => ({ name: 'codectl:not_measured', value })) }),
    },
    components: inventory.components.map(componentOf),
    compositions: [{ aggregate: gaps.length > 0 ? 'incomplete' : 'unknown', assemblies: inventory.components.map(({ purl }) => purl) }],
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(digestOfJson(body).slice('sha256:'.length))}`,
    version: 1,
    ...body,
  };
}

function componentOf({ name, version, purl, licence, found }: Component) {
  const [, group, rest] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group !== undefined && { group }),
    name: rest ?? name,
    version,
    ...(licence !== undefined && { licenses: [isExpression(licence) ? { expression: licence } : { license: { name: licence } }] }),
    purl,
    evidence: { occurrences: found.map((location) => ({ location })) },
  };
}

/** Version 8 (RFC 9562): bits of one's own choice. */
function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
