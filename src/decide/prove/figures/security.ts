// What a security trial claims: how many probes were tried, how many found something, and what other parts of the engine know of the same application.
import { z } from 'zod';
import type { Figures } from '../../../model/proving/figure.ts';
import { severities } from '../../../model/proving/probe.ts';
import type { Exhibits } from './exhibits.ts';
import type { Made } from './make.ts';
import { exact, sorted } from './make.ts';

const record = 'security.json';

const severity = z.enum(severities);
const other = z.object({
  word: z.enum(['met', 'not_met', 'not_measured']),
  because: z.string().optional(),
  looked: z.int().min(0),
  findings: z.array(z.object({ severity: z.union([severity, z.literal('not_stated')]) })),
});
const recorded = z.object({
  format: z.literal('security-probes/1'),
  interrupted: z.boolean(),
  results: z.array(
    z.object({
      severity,
      word: z.enum(['passed', 'failed', 'not_measured', 'told']),
      evidence: z.array(z.unknown()),
      tried: z.int().min(0),
    }),
  ),
  supply: other.optional(),
  shipped: other.optional(),
  watch: other.optional(),
});

type Recorded = z.infer<typeof recorded>;

const probeIds = ['run', 'failed', 'weak', 'not_measured'] as const;

export function securityFigures(exhibits: Exhibits): Figures {
  const read = recorded.safeParse(exhibits[record]);
  if (!read.success) return sorted(probeIds.map((id) => ({ id: `security.probes.${id}`, because: 'no security trial was run' })));
  const { supply, shipped, watch } = read.data;
  return sorted([
    ...probeFigures(read.data),
    ...(['critical', 'high'] as const).map((level) => known(`vulnerabilities.${level}`, supply, (one) => one === level)),
    known('secrets', shipped, () => true),
    known('watch.critical', watch, (one) => one === 'critical'),
  ]);
}

function probeFigures({ interrupted, results }: Recorded): readonly Made[] {
  // Whatever its word: what has evidence was found.
  const found = results.filter(({ word, evidence }) => word === 'failed' || evidence.length > 0);
  const tried = results.filter(({ word, evidence }) => word === 'passed' || word === 'failed' || evidence.length > 0);
  const severe = found.filter(({ severity: own }) => own === 'high' || own === 'critical');
  const blind = results.filter((one) => one.word === 'not_measured');
  const why = interrupted ? 'the trial was interrupted' : tried.length === 0 ? 'no probe could be tried' : undefined;
  const count = (id: (typeof probeIds)[number], value: number): Made =>
    exact(`security.probes.${id}`, 'count', value, tried.length, [record]);
  // What was found stays found; that nothing was found is only said by those who looked at everything.
  const bounded = (id: (typeof probeIds)[number], value: number): Made =>
    why !== undefined && value === 0 ? { id: `security.probes.${id}`, because: why } : count(id, value);
  return [
    bounded('run', tried.length),
    bounded('failed', severe.length),
    bounded('weak', found.length - severe.length),
    count('not_measured', blind.length),
  ];
}

type Other = NonNullable<Recorded['supply']>;

function known(what: string, told: Other | undefined, counts: (severity: Other['findings'][number]['severity']) => boolean): Made {
  const id = `security.${what}`;
  if (!told) return { id, because: 'nobody was asked' };
  const count = told.findings.filter((one) => counts(one.severity)).length;
  if (count === 0 && told.word === 'not_measured') return { id, because: told.because ?? 'it was not measured' };
  return exact(id, 'count', count, told.looked, [record]);
}
