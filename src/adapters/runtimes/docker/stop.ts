// Ends an instance: the image's stop signal, its grace, then SIGKILL; and drops what is left of it.
import { hasCode } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { Scope } from '../../../model/instance.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { refusedWith } from './client.ts';
import { dropNetwork } from './create/network.ts';
import { dropHolder, hasSecretFiles } from './create/secrets.ts';
import { listOurs, lookAt } from './inspect.ts';
import { keepOutput } from './kept.ts';
import { containerName, label } from './names.ts';
import type { Site } from './site.ts';
import { isStarting } from './site.ts';
import { breakOff } from './starting.ts';

/** Resolves when it is gone. A start that is under way is given up. */
export async function stopOne(site: Site, record: InstanceRecord, grace: Duration, signal: AbortSignal): Promise<void> {
  await breakOff(site, record.id);
  const found = await lookAt(site, record.id, signal);
  if (!found?.State.Running) return;
  const name = containerName(site.homeId, record.id);
  const gone = wait(site, name, signal);
  gone.catch(() => undefined);
  await ask(site, name, found.Config.StopSignal, signal);
  const timer = new AbortController();
  const late = site.clock.sleep(grace, AbortSignal.any([signal, timer.signal])).then(
    () => true,
    () => false,
  );
  try {
    if (!(await Promise.race([gone.then(() => false), late]))) return await gone;
  } finally {
    timer.abort();
  }
  await kill(site, name, 'SIGKILL', signal);
  await gone;
}

async function wait(site: Site, name: string, signal: AbortSignal): Promise<void> {
  try {
    const query = { condition: 'not-running' };
    await site.engine.run({ method: 'POST', path: `/containers/${name}/wait`, query, unhurried: true }, signal);
  } catch (thrown) {
    if (!refusedWith(thrown, 404)) throw thrown;
  }
}

/** An image may name a signal that the Engine does not know or cannot send (400, older ones 500): SIGTERM then. */
async function ask(site: Site, name: string, ofImage: string | null | undefined, signal: AbortSignal): Promise<void> {
  try {
    await kill(site, name, ofImage || 'SIGTERM', signal);
  } catch (thrown) {
    if (!refusedWith(thrown, 400, 500)) throw thrown;
    await kill(site, name, 'SIGTERM', signal);
  }
}

/** One that has ended meanwhile (409) or is gone (404) needs no signal. */
async function kill(site: Site, name: string, what: string, signal: AbortSignal): Promise<void> {
  try {
    await site.engine.run({ method: 'POST', path: `/containers/${name}/kill`, query: { signal: what } }, signal);
  } catch (thrown) {
    if (!refusedWith(thrown, 404, 409)) throw thrown;
  }
}

/** Its output is kept, its container goes, and the application's network with the last one. Volumes of the manifest stay. */
export async function forgetOne(site: Site, record: InstanceRecord): Promise<void> {
  const { signal } = site.lifetime;
  site.starts.delete(record.id);
  const found = await lookAt(site, record.id, signal).catch((thrown: unknown) => {
    // Somebody else's container is none of ours to forget.
    if (hasCode(thrown, 'write_conflict')) return undefined;
    throw thrown;
  });
  if (!found) return;
  const name = containerName(site.homeId, record.id);
  await keepOutput(site, record.id, `/containers/${name}/logs`);
  // First what has its memory, too, or that would stay.
  if (hasSecretFiles(found)) await dropHolder(site, name, signal);
  await removeContainer(site, name, signal);
  const labels = found.Config.Labels ?? {};
  const scope: Scope = { application: labels[label.application] ?? '', environment: labels[label.environment] ?? '' };
  const others = await listOurs(site, signal);
  const here = ({ Labels }: { readonly Labels?: Readonly<Record<string, string>> | null | undefined }) =>
    Labels?.[label.application] === scope.application && Labels[label.environment] === scope.environment;
  // What is about to start may be of the same application.
  if (!isStarting(site) && !others.some(here)) await dropNetwork(site, scope, signal);
}

export async function removeContainer(site: Site, name: string, signal: AbortSignal): Promise<void> {
  try {
    await site.engine.run({ method: 'DELETE', path: `/containers/${name}`, query: { force: true, v: true } }, signal);
  } catch (thrown) {
    // 409: somebody removes it already.
    if (!refusedWith(thrown, 404, 409)) throw thrown;
  }
}
