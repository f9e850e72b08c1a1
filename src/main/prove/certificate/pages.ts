// What can be done with a certificate that is there: read, compared and shown as pages.
import { dirname, join } from 'node:path';
import { compare } from '../../../decide/certify/diff.ts';
import { certificateBadge } from '../../../decide/certify/render/ci.ts';
import { readBundle } from '../../../proving/certificate/bundle.ts';
import { writePages } from '../../../proving/certificate/issue.ts';
import { readCertificate } from '../../../proving/certificate/verify.ts';
import type { Certifying } from '../../../surfaces/cli/certify/certifying.ts';
import { viewOf } from './view.ts';

export const pages: Pick<Certifying, 'read' | 'compare' | 'report' | 'badge'> = {
  read: async (file) => viewOf((await readCertificate(file)).statement),
  compare: async (before, after) =>
    compare((await readCertificate(before)).statement.predicate, (await readCertificate(after)).statement.predicate),
  report: async (file, directory) => {
    const { statement } = await readCertificate(file);
    const read = await readBundle(join(dirname(file), 'evidence'), statement.predicate.trials);
    return writePages(directory, statement, 'exhibits' in read ? read.exhibits : new Map());
  },
  badge: async (file) => certificateBadge((await readCertificate(file)).statement),
};
