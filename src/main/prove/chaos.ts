// Chaos trials of what is deployed here: experiments one after the other, each with its exhibit; a watchdog outlives them.
import { formatDuration } from '../../base/units.ts';
import type { ChaosJudgement } from '../../decide/prove/chaos.ts';
import { judgeExperiment } from '../../decide/prove/chaos.ts';
import type { NamedExhibit } from '../../decide/prove/figures/chaos.ts';
import { chaosFigures } from '../../decide/prove/figures/chaos.ts';
import type { Experiment } from '../../model/proving/experiment.ts';
import type { Exhibit, TrialVerdict } from '../../model/proving/trial.ts';
import { runExperiment } from '../../proving/chaos/run.ts';
import type { ChaosSite, ChaosTarget } from '../../proving/chaos/site.ts';
import { writeExhibit } from '../../proving/evidence.ts';
import { openLoadEngine } from '../../proving/load/ours.ts';
import type { TargetView } from '../../surfaces/cli/prove/answers.ts';
import type { ChaosWish, Trial, TrialCall, TrialEnding, TrialPlan } from '../../surfaces/cli/prove/proving.ts';
import { homeAt } from '../home.ts';
import { guarded } from './guarded.ts';
import { doorOf, routeOf } from './load.ts';

export const chaosTrial: Trial<ChaosWish> = { kind: 'chaos', plan, run };

function plan({ experiments, seed, route }: ChaosWish, view: TargetView): TrialPlan {
  const target = targetFrom(view, route);
  return {
    profile: experiments.map(({ name }) => name).join(','),
    touches: experiments.flatMap((one) => touchedBy(one, target)),
    lasts: experiments.reduce((sum, one) => sum + longestOf(one), 0),
    seed,
  };
}

function touchedBy({ name, faults, load }: Experiment, { route }: ChaosTarget): readonly string[] {
  return [
    `${name}: ${load.rate} requests/s to http://${route.host}${load.path ?? route.path}`,
    ...faults.map(({ kind, part, service = route.service, instances, at, lasts }) => {
      const whom = part === undefined ? `${instances} of ${service}` : `the ${part}`;
      return `${name}: ${kind} of ${whom} for ${formatDuration(lasts)}${at > 0 ? ` after ${formatDuration(at)}` : ''}`;
    }),
  ];
}

/** With what it may take until faults are seen, and gone. */
function longestOf({ before, faults, recovery }: Experiment): number {
  return before + faults.reduce((most, { at, lasts }) => Math.max(most, at + lasts), 0) + recovery.good + recovery.watch + 120_000;
}

async function run(wish: ChaosWish, call: TrialCall): Promise<TrialEnding> {
  const home = homeAt(call.target.home, process.env);
  const { site: guard, leave } = await guarded(home, call.progress);
  const site: ChaosSite = {
    ...guard,
    target: async () => targetFrom(await call.look(), wish.route),
    openLoad: openLoadEngine,
    seed: wish.seed,
    say: call.progress,
  };
  const exhibits: { readonly kept: NamedExhibit; readonly file: Exhibit }[] = [];
  try {
    for (const experiment of wish.experiments) {
      if (call.signal.aborted) break;
      call.progress(`experiment ${experiment.name}`);
      const exhibit = await runExperiment(site, experiment, call.signal);
      const name = `experiments/${experiment.name}.json`;
      exhibits.push({ kept: { name, exhibit }, file: await writeExhibit(call.directory, name, exhibit) });
    }
  } finally {
    leave();
  }
  return endingOf(exhibits);
}

/** The worst first: whoever reads one word reads that. */
const gravity: readonly TrialVerdict[] = ['interrupted', 'errored', 'invalid', 'failed', 'inconclusive', 'passed'];

function endingOf(all: readonly { readonly kept: NamedExhibit; readonly file: Exhibit }[]): TrialEnding {
  const judged = all.map(({ kept }) => ({ kept, judgement: judgeExperiment(kept.exhibit) }));
  const verdict = gravity.find((word) => judged.some(({ judgement }) => judgement.verdict === word)) ?? 'interrupted';
  return {
    verdict,
    ...chaosFigures(all.map(({ kept }) => kept)),
    exhibits: all.map(({ file }) => file),
    table: {
      head: ['EXPERIMENT', 'VERDICT', 'FAULTS SEEN', 'RECOVERY', 'FAILED REQUESTS', 'WRITES'],
      rows: judged.map(({ kept, judgement }) => rowOf(kept, judgement)),
    },
    notes: judged.flatMap(({ kept, judgement }) => judgement.because.map((one) => `${kept.exhibit.experiment.name}: ${one}.`)),
  };
}

function rowOf({ exhibit: { experiment, injections, ledger } }: NamedExhibit, { verdict, recovery }: ChaosJudgement): readonly string[] {
  const seen = injections.filter(({ injection }) => injection.verifiedAt !== undefined).length;
  const failed = recovery.kind === 'masked' || recovery.kind === 'unmeasured' ? '0' : String(recovery.failed);
  return [
    experiment.name,
    verdict,
    experiment.faults.length === 0 ? '-' : `${seen} of ${injections.length}`,
    recoveryText(recovery),
    failed,
    ledger === undefined ? '-' : String(ledger.writes.filter(({ outcome }) => outcome === 'ok').length),
  ];
}

function recoveryText(recovery: ChaosJudgement['recovery']): string {
  if (recovery.kind === 'masked') return 'never bad';
  if (recovery.kind === 'unmeasured') return '-';
  return `${recovery.kind === 'censored' ? 'more than ' : ''}${formatDuration(recovery.fromOnset)}`;
}

/** Errors: `usage` where there is no such route. */
function targetFrom(view: TargetView, route: string | undefined): ChaosTarget {
  const { host, path } = routeOf({ route, path: undefined }, view);
  const service = view.routes.find((one) => one.host === host && one.path === path)?.service ?? '';
  return {
    door: doorOf(view, host),
    plainDoor: doorOf({ ...view, secure_door: undefined }, host),
    route: { host, path, service },
    services: Object.fromEntries(view.services.map((one) => [one.service, one.instances.flatMap((each) => instanceOf(one.service, each))])),
    daemon: view.daemon.pid,
    gateways: view.gateway.map(({ pid }) => pid),
  };
}

type InstanceView = TargetView['services'][number]['instances'][number];

function instanceOf(service: string, { id, pid, address, ready, handle }: InstanceView) {
  const container = handle?.['container'];
  if (!ready) return [];
  return [
    {
      kind: 'instance',
      id,
      service,
      ...(pid !== undefined && { pid }),
      ...(typeof container === 'string' && { container }),
      ...(address !== undefined && { address: addressIn(address) }),
    } as const,
  ];
}

function addressIn(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(at + 1)) };
}
