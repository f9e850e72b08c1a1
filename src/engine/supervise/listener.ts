// Whether the program that listens on an instance's port is that instance.
import type { ProbeResult } from '../../ports/probes.ts';
import type { InstanceRecord } from '../../ports/store.ts';

/** A listener on the given port counts only when it is the instance's own: another program there would answer the probe for it. */
export async function checkListener(listening: () => Promise<readonly number[]>, record: InstanceRecord): Promise<ProbeResult> {
  const expected = record.address?.port ?? 0;
  const actual = await listening();
  if (actual.includes(expected)) return { passed: true };
  const seen = actual.length === 0 ? 'it listens on no port yet' : `actual=${actual.join(',')}`;
  return { passed: false, because: `wrong listening port: expected=${expected} ${seen}` };
}
