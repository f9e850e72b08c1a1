// All classes of attacks, in the order in which they are tried: those that leave something behind come last.
import type { AttackClass } from './attack.ts';
import { assignment } from './classes/assignment.ts';
import { authentication } from './classes/authentication.ts';
import { ids } from './classes/ids.ts';
import { injection } from './classes/injection.ts';
import { privileges } from './classes/privileges.ts';
import { races } from './classes/races.ts';
import { replay } from './classes/replay.ts';
import { sizes } from './classes/sizes.ts';
import { slowness } from './classes/slowness.ts';
import { smuggling } from './classes/smuggling.ts';
import { ssrf } from './classes/ssrf.ts';
import { traversal } from './classes/traversal.ts';

export const classes: readonly AttackClass[] = [
  authentication,
  privileges,
  ids,
  replay,
  races,
  smuggling,
  traversal,
  ssrf,
  injection,
  assignment,
  sizes,
  slowness,
];
