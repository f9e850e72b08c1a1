// How the other processes of the product are started: the same Node.js, the entry beside this file (sources or build alike).
import { fileURLToPath } from 'node:url';

const beside = (name: string): string =>
  fileURLToPath(new URL(`${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

export const gatewayCommand: readonly [string, ...string[]] = [process.execPath, beside('gateway')];
export const daemonCommand: readonly [string, ...string[]] = [process.execPath, beside('daemon')];
