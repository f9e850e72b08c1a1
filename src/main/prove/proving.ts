// Every trial that the command line can make of what is deployed.
import type { Proving } from '../../surfaces/cli/prove/proving.ts';
import { load } from './load.ts';

export const proving: Proving = { load };
