// What agents call the operations: `<server>_<verb>`. A group that is not named here is a server of its own name.

interface Named {
  readonly server: string;
  readonly tool: string;
}

/** Where the word of the house is not the one that somebody at work would look for. */
const servers: Readonly<Record<string, string>> = { deployments: 'run', lock: 'environments' };

const tools: Readonly<Record<string, string>> = {
  'lock.acquire': 'environments_lock',
  'lock.release': 'environments_unlock',
  'system.info': 'whoami',
  'traffic.pause': 'traffic_freeze',
  'traffic.resume': 'traffic_unfreeze',
};

export function nameOf(operation: string): Named {
  const [group = '', verb = ''] = operation.split('.');
  const server = servers[group] ?? group;
  return { server, tool: tools[operation] ?? `${server}_${verb}` };
}

/** `change_rollback_plan` → `Change: rollback plan` */
export function titleOf(tool: string): string {
  const [first = '', ...rest] = tool.split('_');
  const subject = first.slice(0, 1).toUpperCase() + first.slice(1);
  return rest.length === 0 ? subject : `${subject}: ${rest.join(' ')}`;
}
