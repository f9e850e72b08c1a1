// A certificate as one page of HTML: everything in it, nothing loaded, no script.

import { escaped } from '../../../base/markup.ts';
import type { Statement } from '../../../model/readiness/certificate.ts';
import type { Exhibits } from '../../prove/figures/exhibits.ts';
import { phasesIn } from '../../prove/figures/exhibits.ts';
import type { Band } from './plots.ts';
import { histogramPlot, latencyPlot, plot } from './plots.ts';
import { criteriaText, domainsOf, levelWords, linesOf, resultWords } from './text.ts';

/** More plots than that nobody looks at. */
const mostPlots = 60;

const style = `body{font:15px/1.5 system-ui,sans-serif;color:#1f2328;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #d0d7de;vertical-align:top}
.met{color:#1a7f37}.not_met{color:#cf222e}.not_measured{color:#9a6700}.level{font-size:1.4rem;font-weight:600}figure{margin:1rem 0}svg{width:100%;height:auto}
code{font-size:.9em}@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}td,th{border-color:#30363d}}`;

/** `exhibits`: by trial; without them there are no plots. */
export function certificateHtml({ predicate }: Statement, exhibits: ReadonlyMap<string, Exhibits>): string {
  const { application, environment, level, scores, conditions, risks, issuedAt, notAfter, reviewBy, trials, machine, platform, id } =
    predicate;
  const title = `${application} in ${environment}: ${levelWords[level]}`;
  const { score, best } = scores.overall;
  const body = [
    `<h1>${escaped(title)}</h1>`,
    `<p class="level">${score} of 10 <small>(at best ${best}; ${Math.floor(scores.coverage * 100)} % measured)</small></p>`,
    `<p>Certificate <code>${escaped(id)}</code>, issued ${issuedAt}, to be reviewed by ${reviewBy}, valid until ${notAfter}. Criteria ${escaped(criteriaText(predicate.criteria))}. Made on ${platform.cpus} processors (${escaped(platform.arch)}), kernel ${escaped(platform.kernel)}; other programs used ${(machine.foreign * 100).toFixed(1)} % of it${machine.valid ? '' : `: <b class="not_met">${escaped(machine.because ?? 'void')}</b>`}.</p>`,
    list('Why it is not more', conditions.map(escaped)),
    heading('Domains'),
    table(
      ['Domain', 'Score', 'At best', 'Met'],
      domainsOf(predicate).map((one) => [one.domain, String(one.score), String(one.best), `${one.met} of ${one.of}`].map(escaped)),
    ),
    heading('Criteria'),
    table(
      ['Criterion', 'Result', 'Wanted', 'Measured'],
      linesOf(predicate).map(({ result, criterion, wanted, measured }) => [
        `${escaped(criterion.statement)}<br><code>${escaped(criterion.id)}</code>`,
        `<b class="${result.word}">${resultWords[result.word]}</b>`,
        escaped(wanted),
        escaped(measured),
      ]),
    ),
    list(
      'Risks',
      risks.map(({ severity, what, command }) => `<b>${severity}</b> ${escaped(what)} <code>${escaped(command)}</code>`),
    ),
    heading('Trials'),
    table(
      ['Trial', 'Kind', 'Profile', 'Verdict', 'Ended'],
      trials.map(({ id: trial, kind, profile, verdict, endedAt }) => [trial, kind, profile, verdict, endedAt].map(escaped)),
    ),
    ...trials.flatMap((one) => plotsOf(one.id, exhibits.get(one.id) ?? {})).slice(0, mostPlots),
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style></head><body>${body.join('\n')}</body></html>\n`;
}

function plotsOf(trial: string, exhibits: Exhibits): readonly string[] {
  const phases = phasesIn(exhibits);
  const chaos = Object.entries(exhibits).flatMap(([name, content]) => recoveryPlot(`${trial}: ${name}`, content));
  const shown = phases.flatMap(([name, phase]) => [
    latencyPlot(`${trial}: latency in ${name}, windows with failures marked`, phase),
    ...(name.includes('moderate') || phases.length === 1 ? [histogramPlot(`${trial}: answers in ${name}`, phase)] : []),
  ]);
  return [...scalingPlot(trial, exhibits), ...chaos, ...shown];
}

/** Throughput at each size, as the rounds of a scale trial measured it. */
function scalingPlot(trial: string, exhibits: Exhibits): readonly string[] {
  const run = exhibits['scale.json'];
  if (typeof run !== 'object' || run === null || !('steps' in run) || !Array.isArray(run.steps)) return [];
  const phases = new Map(phasesIn(exhibits));
  const points = run.steps.flatMap((step: { readonly kind?: unknown; readonly exhibit?: unknown; readonly replicas?: unknown }) => {
    const phase = typeof step.exhibit === 'string' ? phases.get(step.exhibit) : undefined;
    if (step.kind !== 'round' || !phase || typeof step.replicas !== 'number') return [];
    return [[step.replicas, (phase.succeeded * 1000) / phase.lasted] as const];
  });
  const sorted = points.toSorted(([a], [b]) => a - b);
  return [
    plot({
      title: `${trial}: throughput over replicas`,
      x: 'replicas',
      y: '1/s',
      series: [{ name: 'measured', colour: '#0969da', points: sorted }],
    }),
  ];
}

interface Experiment {
  readonly load?: unknown;
  readonly injections?: readonly {
    readonly injection?: { readonly kind?: string; readonly verifiedAt?: number; readonly removalVerifiedAt?: number };
  }[];
}

/** Latency during an experiment, with the time in which the fault was seen to act. */
function recoveryPlot(title: string, content: unknown): readonly string[] {
  if (typeof content !== 'object' || content === null || !('load' in content)) return [];
  const { load, injections = [] } = content as Experiment;
  const [found] = phasesIn({ load });
  if (!found) return [];
  const [, phase] = found;
  const bands = injections.flatMap(({ injection }): readonly Band[] => {
    const { verifiedAt, removalVerifiedAt, kind = 'fault' } = injection ?? {};
    if (verifiedAt === undefined) return [];
    const since = (at: number) => (at - phase.startedAt) / 1000;
    return [{ from: since(verifiedAt), to: since(removalVerifiedAt ?? phase.startedAt + phase.lasted), name: kind }];
  });
  return [latencyPlot(`${title}, faults marked`, phase, bands)];
}

function heading(text: string): string {
  return `<h2>${escaped(text)}</h2>`;
}

/** `items` are HTML. */
function list(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `${heading(title)}<ul>${items.map((one) => `<li>${one}</li>`).join('')}</ul>`;
}

/** `rows` are HTML. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string) => `<tr>${cells.map((one) => `<${tag}>${one}</${tag}>`).join('')}</tr>`;
  return `<table>${row(head.map(escaped), 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`;
}
