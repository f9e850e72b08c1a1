// Who a container runs as, and which rights of root amount to root: the same for what a manifest asks and what an image says.

/** As container engines read numbers: signs and leading zeros are none. */
const zero = /^[+-]?0+$/;
const rootNames: ReadonlySet<string> = new Set(['root', 'toor']);

export interface UserParts {
  /** Absent: none is named, which is root. */
  readonly user?: string;
  readonly group?: string;
}

/** `1000`, `1000:1000`, `node:staff` – in any spelling of root, `0` stands for it. */
export function userParts(text: string): UserParts {
  const [user = '', group = ''] = text.split(':');
  return { ...(user === '' ? {} : { user: plain(user) }), ...(group === '' ? {} : { group: plain(group) }) };
}

function plain(one: string): string {
  return zero.test(one) || rootNames.has(one) ? '0' : one;
}

/** A name is whoever the image says, so it may be root, too. */
export function isNumber(one: string): boolean {
  return /^[+-]?\d+$/.test(one);
}

/** Both as numbers, the group the user's own where none is named; undefined for a name, which only the image knows. */
export function numbersOf(user: string): { readonly uid: string; readonly gid: string } | undefined {
  const [, uid, gid = uid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** What container engines give by default. All others reach beyond the container: its host's devices, memory, kernel, network. */
const usual: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** Those of a container's capabilities with which it may become root of its host. */
export function beyondContainer(capabilities: readonly string[] = []): readonly string[] {
  return capabilities.filter((one) => !usual.has(one));
}
