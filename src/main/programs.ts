// How the other processes of the product are started: the same Node.js, the entry beside this file (sources or build alike).
import { fileURLToPath } from 'node:url';

const beside = (name: string): string =>
  fileURLToPath(new URL(`${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

/** V8 lets its young generation grow to 48 MiB whenever a busy machine holds the gateway up, and keeps it: 12 MiB serve a proxy as well. */
export const gatewayCommand: readonly [string, ...string[]] = [process.execPath, '--max-semi-space-size=4', beside('gateway')];
export const daemonCommand: readonly [string, ...string[]] = [process.execPath, beside('daemon')];
