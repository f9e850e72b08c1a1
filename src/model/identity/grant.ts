// Grants as people write them: `operator`, `operator@shop`, `operator@shop/staging`.
import type { Grant, Role } from '../principal.ts';
import { roles } from '../principal.ts';

const form = /^([a-z]+)(?:@([a-z0-9-]+)(?:\/([a-z0-9-]+))?)?$/;

/** `undefined` for what is no grant, or of a role that there is not. */
export function parseGrant(text: string): Grant | undefined {
  const [, name, application, environment] = form.exec(text) ?? [];
  const role = roles.find((one): one is Role => one === name);
  if (!role) return undefined;
  return { role, ...(application !== undefined && { application }), ...(environment !== undefined && { environment }) };
}
