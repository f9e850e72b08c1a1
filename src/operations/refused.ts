// A refusal of the policies as an error: denied, or waiting for somebody's approval.
import type { Permission, Refused } from '../access/policy/permission.ts';
import { CodeError } from '../base/errors.ts';

/** Errors: `denied`, `approval_required`. */
export function requireAllowed(verdict: Permission): void {
  if (!verdict.allowed) throw refusedError(verdict);
}

export function refusedError({ reason, policies, approvals }: Refused): CodeError {
  const details = { policies };
  if (approvals === undefined)
    return new CodeError('denied', reason, {
      hint: policies.includes('tainted')
        ? 'A person looks at what it is about, and lets it go on with "codectl taint lift NAME"; a plan can be approved instead.'
        : 'Ask somebody who may, or use a token with that right; "codectl policy explain" tells what is permitted.',
      details,
    });
  const people = approvals === 1 ? 'one person' : `${approvals} people`;
  return new CodeError('approval_required', `${reason.slice(0, -1)}; the approval of ${people}, in all, is enough.`, {
    hint: 'Somebody who did not ask for it approves it with "codectl approve PLAN"; then "codectl apply PLAN" carries it out.',
    details: { ...details, approvals_needed: approvals },
  });
}
