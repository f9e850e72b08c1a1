// A bill of materials in SPDX 2.3 (ISO/IEC 5962), JSON. The same artifact gives the same text.
import { digestOfJson } from '../../base/digest.ts';
import type { Component } from '../../model/supply/component.ts';
import { isExpression } from './licence.ts';
import type { Subject } from './subject.ts';
import { gapsOf } from './subject.ts';

const nothing = 'NOASSERTION';
const unexamined = { downloadLocation: nothing, filesAnalyzed: false, licenseConcluded: nothing, copyrightText: nothing };

export function spdx(subject: Subject): object {
  const { name, version, sha256, at, tool, inventory } = subject;
  const gaps = gapsOf(subject);
  const packages = inventory.components.map((component, index) => packageOf(component, `SPDXRef-Package-${index + 1}`));
  const root = {
    SPDXID: 'SPDXRef-Artifact',
    name,
    versionInfo: version,
    ...unexamined,
    licenseDeclared: nothing,
    ...(sha256 !== undefined && { checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }] }),
  };
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${name}@${version}`,
    // A name, not an address: nothing is to be found there.
    documentNamespace: `urn:codectl:spdx:${digestOfJson([root, packages, at, gaps]).slice('sha256:'.length)}`,
    creationInfo: { created: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'), creators: [`Tool: ${tool.name}-${tool.version}`] },
    ...(gaps.length > 0 && { comment: `not_measured:\n${gaps.join('\n')}` }),
    packages: [root, ...packages],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: root.SPDXID },
      ...packages.map(({ SPDXID }) => ({ spdxElementId: root.SPDXID, relationshipType: 'CONTAINS', relatedSpdxElement: SPDXID })),
    ],
  };
}

function packageOf({ name, version, purl, licence, found }: Component, SPDXID: string) {
  const valid = licence !== undefined && isExpression(licence);
  return {
    SPDXID,
    name,
    versionInfo: version,
    ...unexamined,
    licenseDeclared: valid ? licence : nothing,
    ...(licence !== undefined && !valid && { licenseComments: `declared as ${JSON.stringify(licence)}` }),
    sourceInfo: `told by ${found.join(', ')}`,
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}
