// `mcp`: tools for an agent of this machine by standard input and output, or the address for those elsewhere.
import { CodeError } from '../../../base/errors.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export async function mcp(session: Session, given: Given): Promise<number> {
  const [servers, readOnly] = [given.text('servers'), given.flag('readOnly')];
  if (given.flag('conformance')) return conform(session, given);
  if (given.flag('http')) {
    if (given.flag('stdio')) throw new CodeError('usage', '--stdio and --http exclude each other.', { hint: 'Give one of them.' });
    return tellAddress(session, servers, readOnly);
  }
  const program = await session.world.mcp();
  await program.serve({ endpoint: await session.endpoint(), servers, readOnly, interactive: given.flag('interactive') }, session.signal);
  return exit.ok;
}

/** Whoever may reach this machine's loopback may call what it serves: it is an engine without anything in it. */
async function conform({ world, out, signal }: Session, given: Given): Promise<number> {
  const other = ['http', 'stdio', 'servers', 'readOnly', 'interactive'].find((name) => given.flag(name) || given.text(name) !== undefined);
  if (other !== undefined) throw new CodeError('usage', '--conformance stands alone.', { hint: 'codectl mcp --conformance' });
  const program = await world.mcp();
  const ready = (url: string): void => {
    out.document({ url });
    out.text(url);
  };
  await program.conform(ready, signal);
  return exit.ok;
}

async function tellAddress(session: Session, servers: string | undefined, readOnly: boolean): Promise<number> {
  const { world, flags, out } = session;
  // It must be there, too.
  await (await session.api()).call('system.info');
  const launcher = await world.launcher();
  const api = flags.host ?? (await launcher.address(flags.home));
  const chosen = servers === undefined ? '' : servers === 'all' ? '/all' : `/x/${servers}`;
  const url = `${api.replace(/\/$/, '')}/mcp${chosen}${readOnly ? '/readonly' : ''}`;
  out.document({ url });
  out.text(url);
  out.aside('It takes a bearer token: codectl token create NAME --kind agent --role agent@APP …');
  return exit.ok;
}
