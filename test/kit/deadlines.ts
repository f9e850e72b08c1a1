// For tests in which a deadline of the product must pass: short where that shows what the test is about, longer where the machine was too slow for it.

/** One after the other: the first is enough where nothing else runs, the last wherever tests run at all. */
export const deadlines = ['6s', '30s', '150s'] as const;

export type Probe = { readonly deadline: (typeof deadlines)[number] };

/**
 * Tries with longer and longer deadlines until what came of it is what the test is about; returns the last of them, whatever it is.
 * Without it, an instance that has not even begun to listen at its deadline fails for that, and not for what the test planted.
 */
export async function inTime<T>(attempt: (probe: Probe, version: `v${number}`) => Promise<T>, ripe: (seen: T) => boolean): Promise<T> {
  for (const [nth, deadline] of deadlines.entries()) {
    const seen = await attempt({ deadline }, `v${nth + 2}`);
    if (ripe(seen) || nth === deadlines.length - 1) return seen;
  }
  throw new Error('there is no deadline to try');
}

/** For `inTime`: the deployment says that it ended for this reason. */
export const because =
  (reason: RegExp) =>
  (ended: { readonly reason?: string }): boolean =>
    reason.test(ended.reason ?? '');
