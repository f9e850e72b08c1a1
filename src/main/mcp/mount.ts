// MCP in the daemon: loaded when the first agent asks, because most daemons never hear one.
import { digestOf } from '../../base/digest.ts';
import { asCodeError } from '../../base/errors.ts';
import { catalogue } from '../../operations/catalogue.ts';
import type { Credential, Dispatcher } from '../../operations/dispatch.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Log } from '../../ports/log.ts';
import type { Mount, MountCall } from '../../surfaces/http/mount.ts';
import type { Caller } from '../../surfaces/mcp/caller.ts';
import { EvidenceShelf } from '../../surfaces/mcp/evidence.ts';
import type { Extras } from '../../surfaces/mcp/extras.ts';
import type { McpOverHttp } from '../../surfaces/mcp/protocol/http.ts';
import { version } from '../version.ts';

type Doing = Pick<Dispatcher, 'call' | 'stream' | 'conceivable'>;

export interface MountExtras {
  /** Absent: the catalogue. */
  readonly operations?: readonly Operation[];
  readonly extras?: Extras;
  /** Where what does not fit into answers is kept. */
  readonly shelf?: Pick<EvidenceShelf, 'of'>;
}

export function mcpMount(
  dispatcher: Doing,
  log: Pick<Log, 'error'>,
  { operations = catalogue, extras, shelf = new EvidenceShelf() }: MountExtras = {},
): Mount {
  let loaded: Promise<McpOverHttp> | undefined;
  const load = async (): Promise<McpOverHttp> => {
    const { createMcpOverHttp } = await import('../../surfaces/mcp/protocol/http.ts');
    const failed = (error: Error): void => log.error({ error: error.message, stack: error.stack }, 'a request of MCP failed');
    return createMcpOverHttp({ catalogue: operations, version, extras, failed });
  };
  const effects = new Map(operations.map((one) => [one.name, one.effect]));
  return {
    path: '/mcp',
    audience: 'mcp',
    asks: 'system.info',
    answer: async (request, call) =>
      (await (loaded ??= load())).answer({
        request,
        content: call.content,
        caller: callerFor(dispatcher, effects, shelf, call),
        owner: ownerOf(call.credential),
      }),
    close: async () => (await loaded)?.close(),
  };
}

function callerFor(
  dispatcher: Doing,
  effects: ReadonlyMap<string, string>,
  shelf: Pick<EvidenceShelf, 'of'>,
  { credential: shown, principal, record }: MountCall,
): Caller {
  // Whatever credential it has, what asks here decides by itself.
  const credential = { ...shown, run: shown.run ?? 'mcp' };
  return {
    evidence: shelf.of(ownerOf(shown)),
    interactive: principal.interactive === true,
    may: (operations) => dispatcher.conceivable(operations, principal),
    call: async (operation, input, signal) => {
      const started = performance.now();
      try {
        // A change that has begun is carried to its end, whoever listens.
        const lasting = effects.get(operation) === 'read' ? signal : new AbortController().signal;
        const result = await dispatcher.call(operation, input, { credential, signal: lasting });
        record(operation, 'ok', performance.now() - started);
        return result;
      } catch (thrown) {
        record(operation, asCodeError(thrown).code, performance.now() - started);
        throw thrown;
      }
    },
    stream: (operation, input, signal) => dispatcher.stream(operation, input, { credential, signal }),
  };
}

/** Nobody but whoever has the same credential is the same caller; which conversation it is he could say as he likes. */
function ownerOf(credential: Credential): string {
  if (credential.kind === 'local') return `local ${credential.user}`;
  return credential.kind === 'none' ? 'nobody' : `${credential.kind} ${digestOf(credential.token)}`;
}
