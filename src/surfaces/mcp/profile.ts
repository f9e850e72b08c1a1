// Which tools an address offers. The choice is in the address, so that a list never changes under those who have it.
import { CodeError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest.ts';

export type Profile = { readonly readOnly: boolean } & (
  | { readonly kind: 'core' }
  | { readonly kind: 'all' }
  | { readonly kind: 'servers'; readonly servers: readonly string[] }
);

/** The tools of the profile without a name: a day's work, and the way to all others. */
export const core: readonly string[] = [
  'apps_status',
  'change_plan',
  'change_rollback_plan',
  'change_scale_plan',
  'change_apply',
  'run_get',
  'run_list',
  'run_abort',
  'observe_events',
  'observe_logs',
  'whoami',
];

/** Of `/mcp`, `/mcp/all`, `/mcp/x/change,apps`, each with `/readonly` behind it. Errors: `operation_unknown`. */
export function profileAt(path: string, servers: readonly string[]): Profile {
  const parts = path.split('/').filter((part) => part !== '');
  const readOnly = parts.at(-1) === 'readonly';
  const [, kind, names, ...rest] = readOnly ? parts.slice(0, -1) : parts;
  if (kind === undefined) return { kind: 'core', readOnly };
  if (kind === 'all' && names === undefined) return { kind: 'all', readOnly };
  if (kind === 'x' && names !== undefined && rest.length === 0) return { kind: 'servers', servers: serversIn(names, servers), readOnly };
  throw new CodeError('operation_unknown', `There is nothing at ${path}.`, {
    hint: 'MCP is at /mcp, /mcp/all and /mcp/x/SERVER,SERVER, each also with /readonly.',
  });
}

/** Also as `{a,b}`. Errors: `operation_unknown`. */
export function serversIn(text: string, servers: readonly string[]): readonly string[] {
  const names = decoded(text)
    .replaceAll(/[{}]/g, '')
    .split(',')
    .filter((name) => name !== '');
  const unknown = names.find((name) => !servers.includes(name));
  if (unknown === undefined && names.length > 0) return names;
  const message = unknown === undefined ? 'No server is named.' : `There is no server "${unknown}"${didYouMean(unknown, servers)}.`;
  throw new CodeError('operation_unknown', message, { hint: `There are ${servers.join(', ')}.`, details: { servers } });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
