// Watches one deployment until it has ended, through restarts of the daemon; shows its progress in the way that fits the output.
import { systemClock } from '../../../base/clock.ts';
import { hasCode } from '../../../base/errors.ts';
import type { DeploymentView, EventView } from '../api.ts';
import type { Session } from '../session.ts';
import { LiveRows } from './live.ts';
import { begin, eventLine, isWorthTelling, type Progress, progressAfter } from './progress.ts';

/** How long a daemon that does not answer is waited for, in milliseconds. What it runs goes on meanwhile. */
const patience = 60_000;

export async function watch(session: Session, deployment: DeploymentView): Promise<DeploymentView> {
  const { out } = session;
  let progress = begin(deployment);
  const live = out.live ? new LiveRows(out, () => progress) : undefined;
  try {
    for await (const event of eventsOf(session, deployment.id, (text) => (live ? live.above(text) : out.aside(text)))) {
      progress = progressAfter(progress, event);
      show(session, live, progress, event);
    }
  } finally {
    live?.stop();
  }
  return (await session.api()).call('deployments.get', { id: deployment.id });
}

function show({ out }: Session, live: LiveRows | undefined, progress: Progress, event: EventView): void {
  out.item(event);
  if (!isWorthTelling(event)) return;
  const line = eventLine(progress, event);
  if (!live) out.note(line);
  else if (event.kind === 'deployment.turned') live.above(out.paint('yellow', line));
}

/** From the deployment's first event to its last, each once. */
async function* eventsOf(session: Session, deployment: string, say: (text: string) => void): AsyncGenerator<EventView> {
  const api = await session.api();
  const outage = new Outage(say);
  let after = 0;
  for (;;) {
    const began = performance.now();
    try {
      for await (const event of api.stream('observe.events', { deployment, after, follow: true })) {
        outage.over();
        after = event.sequence;
        yield event;
        if (event.kind === 'deployment.ended') return;
      }
    } catch (thrown) {
      // A stream that stood for a while was a connection, though nothing happened on it.
      if (performance.now() - began > 2_000) outage.over();
      outage.goesOn(thrown);
    }
    await systemClock.sleep(250, session.signal);
  }
}

/** A time without the daemon: told once, borne for a while. */
class Outage {
  readonly #say: (text: string) => void;
  #since: number | undefined;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  over(): void {
    this.#since = undefined;
  }

  /** Throws again what is no outage, or has lasted too long. */
  goesOn(thrown: unknown): void {
    if (!hasCode(thrown, 'daemon_unavailable')) throw thrown;
    if (this.#since === undefined) this.#say(`${thrown.message} Trying again; the deployment is not lost.`);
    this.#since ??= performance.now();
    if (performance.now() - this.#since > patience) throw thrown;
  }
}
