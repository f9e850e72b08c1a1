// Finds out whether an address can be had, before the gateway that serves at another one is ended for it.
import { CodeError, lastCodeErrorIn } from '../../../base/errors.ts';
import type { Address } from '../../../model/instance.ts';
import { runPiped } from '../../../platform/process/run.ts';

export interface AddressCheck {
  /** Node's executable and the gateway's entry file. */
  readonly command: readonly string[];
  readonly directory: string;
  readonly listen: Address;
}

/** `HOST:PORT`, IPv6 in brackets. */
export function listenText({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Lets a gateway's program bind the address and end. The port at which ours serves now cannot be judged while it does:
 * two hosts may overlap (`0.0.0.0`), so that passes. Errors: `port_taken`, `settings_invalid`, naming both addresses.
 */
export async function checkAddress({ command, directory, listen }: AddressCheck, serving: Address, signal: AbortSignal): Promise<void> {
  if (listen.port === serving.port) return;
  const [program = process.execPath, ...args] = command;
  let [said, code] = ['', 0];
  const bind = { command: program, args: [...args, '--directory', directory, '--listen', listenText(listen), '--check'] };
  for await (const piece of runPiped({ ...bind, cwd: directory, env: {} }, signal))
    if (piece.kind === 'exit') code = piece.code;
    else said += piece.text;
  if (code !== 0) throw cannotMove(said, listen, serving);
}

function cannotMove(said: string, listen: Address, serving: Address): CodeError {
  const fault = lastCodeErrorIn(said);
  const [wanted, old] = [listenText(listen), listenText(serving)];
  const because = fault?.message ?? `The gateway cannot listen on ${wanted}: ${said.trim()}`;
  return new CodeError(fault?.code ?? 'gateway_unavailable', `${because} The running gateway goes on serving at ${old}.`, {
    hint: `Keep the gateway where it is: codectl up --set gateway_listen=${old}. Or free ${wanted}, then try "codectl up" again.`,
    details: { wanted, serving: old },
  });
}
