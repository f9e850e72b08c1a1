// What there is now, for a certificate to be held against.
import type { Present } from '../../../decide/certify/recertify.ts';
import { thisPlatform } from '../../../proving/certificate/machine.ts';
import { readSource } from '../../../proving/certificate/source.ts';
import type { VerifyRequest } from '../../../surfaces/cli/certify/certifying.ts';
import { version } from '../../version.ts';

export async function presentOf({
  here,
  releases,
  source,
  signal,
}: Pick<VerifyRequest, 'here' | 'releases' | 'source' | 'signal'>): Promise<Present> {
  return {
    ...(here && { platform: thisPlatform(version) }),
    ...(releases && { releases }),
    ...(source !== undefined && { source: await readSource(source, signal) }),
  };
}
