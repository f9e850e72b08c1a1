// The schema library's issues as findings: one for each unknown key, and for a union those of the alternative that was meant.
import type { z } from 'zod';
import { below, type Finding } from './finding.ts';

export function findingsOf(issues: readonly z.core.$ZodIssue[]): Finding[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code === 'unrecognized_keys') {
      const messages = issue.message.split('\n');
      return issue.keys.map((key, index) => ({ path: [...path, key], atKey: true, message: messages[index] ?? issue.message }));
    }
    if (issue.code === 'invalid_key') return [{ path, atKey: true, message: issue.issues[0]?.message ?? issue.message }];
    if (issue.code === 'invalid_union') {
      const branch = issue.errors.find((errors) => errors.every(isInside));
      return branch === undefined ? [{ path, message: issue.message }] : below(path, findingsOf(branch));
    }
    return [{ path, message: issue.message }];
  });
}

/** The alternative that was meant is the one whose complaints are about its parts, not about what it is. */
function isInside(issue: z.core.$ZodIssue): boolean {
  return issue.path.length > 0 || (issue.code !== 'invalid_type' && issue.code !== 'invalid_value');
}
