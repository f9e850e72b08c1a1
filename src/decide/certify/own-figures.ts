// What a certification measures by itself: what answers, what a rollback under load cost, what is known of what is shipped, and what was changed behind its back.
import { z } from 'zod';
import type { Figure, Figures, Unmeasured } from '../../model/proving/figure.ts';
import type { Exhibits } from '../prove/figures/exhibits.ts';
import { phasesIn } from '../prove/figures/exhibits.ts';
import type { Made, Named } from '../prove/figures/make.ts';
import { errorShare } from '../prove/figures/make.ts';

const reach = z.object({
  format: z.literal('reach/1'),
  asked: z.array(z.object({ what: z.string(), answered: z.boolean(), seen: z.string() })),
});
const rollback = z.object({
  format: z.literal('rollback/1'),
  because: z.string().optional(),
  moves: z.array(z.object({ deployment: z.string(), outcome: z.string(), ms: z.number().min(0), live: z.boolean() })),
});
const count = z.object({ format: z.literal('count/1'), counted: z.int().min(0).optional() });
const course = z.object({
  format: z.literal('course/1'),
  lost: z.array(z.object({ about: z.string(), because: z.string() })),
});
const supply = z.object({
  format: z.literal('supply/1'),
  packages: z.int().min(0),
  critical: z.int().min(0).optional(),
  secrets: z.int().min(0).optional(),
  files: z.int().min(0),
  database: z.string().optional(),
  because: z.string().optional(),
});
const upkeep = z.object({
  format: z.literal('upkeep/1'),
  drift: z.array(z.object({ kind: z.string(), state: z.string() })),
  environments: z.int().min(0),
  replayed: z.boolean().optional(),
});

const record = 'rollback.json';

/** Each exhibit speaks for itself; what is missing is not measured. */
export function certificationFigures(exhibits: Exhibits): Figures {
  const phases = phasesIn(exhibits);
  const phase = (name: string) => phases.find(([one]) => one === name);
  const made = [
    ...reached(read(exhibits, 'reach.json', reach)),
    ...rolledBack(read(exhibits, record, rollback), phase('phases/rollback.json')),
    counts(read(exhibits, 'count.json', count), phase('phases/count.json')),
    ...shipped(read(exhibits, 'supply.json', supply)),
    ...kept(read(exhibits, 'upkeep.json', upkeep)),
    ...beyond,
    // Trials that could not be run: nothing of what they are about is known.
    ...(read(exhibits, 'course.json', course)?.lost ?? []).map(({ about, because }): Made => ({ id: `${about}.*`, because })),
  ];
  return {
    figures: made.filter((one): one is Figure => 'estimate' in one),
    unmeasured: made.filter((one): one is Unmeasured => !('estimate' in one)),
  };
}

/** What this engine cannot show yet: it stays in the denominator. */
const beyond: readonly Unmeasured[] = [
  { id: 'monitoring.alerts', because: 'this engine raises no alerts by itself yet' },
  { id: 'infrastructure.backup', because: 'this engine makes no backups of applications yet' },
  { id: 'experts.agreement', because: 'no panel of experts is asked yet' },
];

function read<T>(exhibits: Exhibits, name: string, shape: z.ZodType<T>): T | undefined {
  return shape.safeParse(exhibits[name]).data;
}

function exact(id: string, unit: string, value: number, n: number, evidence: string): Figure {
  return { id, unit, n, estimate: value, lower: value, upper: value, confidence: 1, method: 'exact', evidence: [evidence] };
}

function reached(seen: z.infer<typeof reach> | undefined): readonly Made[] {
  const id = 'integration.reached';
  if (!seen || seen.asked.length === 0) return [{ id, because: 'there is no route, and no service that another one needs' }];
  const { asked } = seen;
  return [exact(id, 'share', asked.filter(({ answered }) => answered).length / asked.length, asked.length, 'reach.json')];
}

function rolledBack(seen: z.infer<typeof rollback> | undefined, load: Named | undefined): readonly Made[] {
  const ids = ['deployment.rollback', 'deployment.rollback.time', 'deployment.errors'];
  const because = seen?.because ?? (seen === undefined || seen.moves.length === 0 ? 'no rollback was tried' : undefined);
  if (seen === undefined || because !== undefined) return ids.map((id) => ({ id, because: because ?? '' }));
  const { moves } = seen;
  const went = moves.every(({ outcome, live }) => outcome === 'succeeded' && live);
  const slowest = Math.max(...moves.map(({ ms }) => ms)) / 1_000;
  return [
    exact('deployment.rollback', 'yes', went ? 1 : 0, moves.length, record),
    exact('deployment.rollback.time', 's', slowest, moves.length, record),
    load === undefined || whyNotKept(load) !== undefined
      ? { id: 'deployment.errors', because: (load && whyNotKept(load)) ?? 'there was no load beside it' }
      : errorShare('deployment.errors', [load]),
  ];
}

function counts(seen: z.infer<typeof count> | undefined, load: Named | undefined): Made {
  const id = 'monitoring.counts';
  const because = load === undefined ? 'no requests were counted' : whyNotKept(load);
  if (load === undefined || because !== undefined) return { id, because: because ?? '' };
  const [name, { sent }] = load;
  if (seen?.counted === undefined) return { id, because: 'what the gateway counted could not be read' };
  const agreement = Math.max(0, 1 - Math.abs(seen.counted - sent) / sent);
  return { ...exact(id, 'share', Number(agreement.toPrecision(9)), sent, 'count.json'), evidence: ['count.json', name] };
}

function whyNotKept([, { generator, sent }]: Named): string | undefined {
  if (sent === 0) return 'nothing was sent';
  return generator.kept ? undefined : (generator.because ?? 'the load did not keep its schedule');
}

function shipped(seen: z.infer<typeof supply> | undefined): readonly Made[] {
  const [weak, secret] = ['security.vulnerabilities.critical', 'security.secrets'];
  const because = seen?.because ?? 'what is shipped could not be looked at';
  return [
    seen?.critical === undefined || seen.packages === 0
      ? { id: weak, because }
      : exact(weak, 'count', seen.critical, seen.packages, 'supply.json'),
    seen?.secrets === undefined || seen.files === 0
      ? { id: secret, because }
      : exact(secret, 'count', seen.secrets, seen.files, 'supply.json'),
  ];
}

function kept(seen: z.infer<typeof upkeep> | undefined): readonly Made[] {
  if (!seen || seen.environments === 0)
    return ['infrastructure.drift', 'infrastructure.replay'].map((id) => ({ id, because: 'the engine could not be asked' }));
  const open = seen.drift.filter(({ state }) => state !== 'repaired').length;
  return [
    exact('infrastructure.drift', 'count', open, seen.environments, 'upkeep.json'),
    seen.replayed === undefined
      ? { id: 'infrastructure.replay', because: 'no change was asked for twice' }
      : exact('infrastructure.replay', 'yes', seen.replayed ? 1 : 0, 1, 'upkeep.json'),
  ];
}
