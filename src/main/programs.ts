// How the other processes of the product are started: the same Node.js, the entry beside this file (sources or build alike).
import { fileURLToPath } from 'node:url';

const beside = (name: string): string =>
  fileURLToPath(new URL(`${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

/** V8 lets its young generation grow to 48 MiB while it starts, or whenever a busy machine holds it up, and keeps it: 12 MiB serve both as well. */
const young = '--max-semi-space-size=4';
export const gatewayCommand: readonly [string, ...string[]] = [process.execPath, young, beside('gateway')];
export const daemonCommand: readonly [string, ...string[]] = [process.execPath, young, beside('daemon')];
