// Every trial that the command line can make of what is deployed.
import type { Proving } from '../../surfaces/cli/prove/proving.ts';
import { chaosTrial } from './chaos.ts';
import { undoFaults } from './guarded.ts';
import { scenarioFrom } from './import.ts';
import { load } from './load.ts';
import { scale } from './scale.ts';
import { security } from './security.ts';
import { stress } from './stress.ts';

export const proving: Proving = {
  load,
  stress,
  scale,
  security,
  scenarioFrom,
  chaos: chaosTrial,
  undoFaults,
};
