// `codectl mcp --conformance`: an engine of its own behind the real door, with the fixtures of the protocol's conformance suite.
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { randomText } from '../../../base/ids.ts';
import type { Credential, Dispatcher } from '../../../operations/dispatch.ts';
import { ensureDirectory, removeTree } from '../../../platform/files.ts';
import { createHttpSurface } from '../../../surfaces/http/surface.ts';
import { version } from '../../version.ts';
import { mcpMount } from '../mount.ts';
import { fixtures } from './fixtures.ts';
import { openEmptyHouse } from './house.ts';

/** Resolves once the signal is aborted; `ready` is told the address before. */
export async function serveConformance(ready: (url: string) => void, signal: AbortSignal): Promise<void> {
  const directory = join(tmpdir(), `codectl-conformance-${randomText(8)}`);
  await ensureDirectory(directory);
  try {
    await serve(directory, ready, signal);
  } finally {
    await removeTree(directory);
  }
}

async function serve(directory: string, ready: (url: string) => void, signal: AbortSignal): Promise<void> {
  const log = pino({ level: 'error', base: undefined }, process.stderr);
  const house = await openEmptyHouse(directory, log);
  const dispatcher = await knownTo(house.dispatcher);
  const mounts = [mcpMount(dispatcher, log, { extras: fixtures })];
  const surface = createHttpSurface({ dispatcher, catalogue: [], log, version, mounts });
  try {
    ready(`${await surface.listenTcp('127.0.0.1', 0)}/mcp`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await surface.close();
    await house.close();
  }
}

type Doing = Pick<Dispatcher, 'authorise' | 'authorisePage' | 'call' | 'stream' | 'conceivable'>;

/** The suite shows no token, so whoever shows none is taken for one agent, who is looked up, permitted and counted like every other. */
async function knownTo(dispatcher: Dispatcher): Promise<Doing> {
  const wish = { name: 'conformance', kind: 'agent', roles: [{ role: 'agent' }] };
  const credential = { kind: 'local', user: 'conformance' } as const;
  const made = await dispatcher.call('tokens.create', wish, { credential, signal: new AbortController().signal });
  const { secret } = made as { readonly secret: string };
  const shown = <Shown extends { readonly kind: string }>(one: Shown): Shown | Credential =>
    one.kind === 'none' ? { kind: 'bearer', token: secret } : one;
  return {
    authorise: (name, one) => dispatcher.authorise(name, shown(one)),
    authorisePage: (page, one) => dispatcher.authorisePage(page, shown(one)),
    conceivable: (names, principal) => dispatcher.conceivable(names, principal),
    call: (name, input, call) => dispatcher.call(name, input, { ...call, credential: shown(call.credential) }),
    stream: (name, input, call) => dispatcher.stream(name, input, { ...call, credential: shown(call.credential) }),
  };
}
