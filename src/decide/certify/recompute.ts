// Figures once more, from raw evidence alone: by the functions that the trials themselves use.

import type { ChaosExhibit } from '../../model/proving/experiment.ts';
import type { Figures } from '../../model/proving/figure.ts';
import type { TrialKind } from '../../model/proving/trial.ts';
import { chaosFigures } from '../prove/figures/chaos.ts';
import type { Exhibits } from '../prove/figures/exhibits.ts';
import { loadFigures } from '../prove/figures/load.ts';
import { scaleFigures } from '../prove/figures/scale.ts';
import { securityFigures } from '../prove/figures/security.ts';
import { nominalFigures, stressFigures } from '../prove/figures/stress.ts';
import { certificationFigures } from './own-figures.ts';

export type Recompute = (kind: TrialKind, exhibits: Exhibits) => Figures | undefined;

function experimentsIn(exhibits: Exhibits): Parameters<typeof chaosFigures>[0] {
  const names = Object.keys(exhibits).sort();
  return names.flatMap((name) => (isExperiment(exhibits[name]) ? [{ name, exhibit: exhibits[name] }] : []));
}

function isExperiment(content: unknown): content is ChaosExhibit {
  return typeof content === 'object' && content !== null && 'format' in content && content.format === 'chaos-experiment/1';
}

function merged(...all: readonly Figures[]): Figures {
  return { figures: all.flatMap(({ figures }) => figures), unmeasured: all.flatMap(({ unmeasured }) => unmeasured) };
}

const byKind: Readonly<Record<TrialKind, (exhibits: Exhibits) => Figures>> = {
  load: loadFigures,
  stress: (exhibits) => merged(stressFigures(exhibits), nominalFigures(exhibits)),
  scale: scaleFigures,
  chaos: (exhibits) => chaosFigures(experimentsIn(exhibits)),
  security: securityFigures,
  certification: certificationFigures,
};

/** Undefined: nobody here can compute figures of that kind, so that nothing of it counts. */
export const recompute: Recompute = (kind, exhibits) => byKind[kind](exhibits);
