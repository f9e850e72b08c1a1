// What instances do that their manifest does not let one expect, in a few lines.
import type { EnvironmentView } from '../api.ts';
import type { Paint, Style } from '../out.ts';

type WatchView = NonNullable<EnvironmentView['watch']>;

/** So many are shown; `--json` and `events` tell each. */
const linesShown = 5;

const styles: Readonly<Record<WatchView['findings'][number]['severity'], Style>> = { critical: 'red', warning: 'yellow', notice: 'dim' };
const order = ['critical', 'warning', 'notice'];

export function watchLines({ watch, application, environment }: EnvironmentView, paint: Paint): readonly string[] {
  if (!watch) return [];
  const worst = watch.findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  const lines = worst
    .slice(0, linesShown)
    .map(({ severity, message, since }) => paint(styles[severity], `watch: ${severity}: ${message}, since ${since}`));
  const left = worst.length - lines.length;
  return left <= 0 ? lines : [...lines, `watch: and ${left} more; see "codectl events --app ${application} --env ${environment}"`];
}
