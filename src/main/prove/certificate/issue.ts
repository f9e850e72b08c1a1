// Issues a certificate, and keeps it as the newest of its environment.
import { dirname } from 'node:path';
import { ensureDirectory, writeFileAtomic } from '../../../platform/files.ts';
import { issueCertificate } from '../../../proving/certificate/issue.ts';
import type { Certifying } from '../../../surfaces/cli/certify/certifying.ts';
import { version } from '../../version.ts';
import { orderOf } from './order.ts';
import { newestOf } from './places.ts';
import { viewOf } from './view.ts';

export const issue: Certifying['issue'] = async (request) => {
  const { statement, file, text, files } = await issueCertificate(await orderOf(request, version));
  const newest = newestOf(request.home, statement.predicate);
  await ensureDirectory(dirname(newest));
  await writeFileAtomic(newest, text);
  return { ...viewOf(statement), file, files };
};
