// Every probe there is, in the order in which they are tried: looking first, what may hurt last.
import type { Probe } from './probe.ts';
import { injected } from './probes/injected.ts';
import { leaks } from './probes/leaks.ts';
import { limits } from './probes/limits.ts';
import { methods } from './probes/methods.ts';
import { outward } from './probes/outward.ts';
import { posture } from './probes/posture.ts';
import { smuggling } from './probes/smuggling.ts';
import { splitting } from './probes/splitting.ts';
import { transport } from './probes/transport.ts';
import { traversal } from './probes/traversal.ts';

export const probes: readonly Probe[] = [
  ...transport,
  ...posture,
  ...leaks,
  ...methods,
  ...outward,
  ...splitting,
  ...traversal,
  ...injected,
  ...smuggling,
  ...limits,
];
