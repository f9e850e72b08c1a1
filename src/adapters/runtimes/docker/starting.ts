// Starts that are under way: each once, however often it is asked for. What must be fetched or built first is waited for beside the passes.
import { asCodeError, CodeError } from '../../../base/errors.ts';
import type { StartRequest } from '../../../ports/instances.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { ensureImage, localImage } from './images/ensure.ts';
import type { Image } from './shapes.ts';
import type { Site, Start } from './site.ts';
import { notify } from './site.ts';

/** How an instance is made on this Engine: as a container, or as a service of its Swarm. */
export interface Making {
  /** What is told of it before it runs. */
  starting(request: StartRequest): InstanceRecord;
  /** What an earlier life has made of it; undefined: nothing. */
  found(request: StartRequest, signal: AbortSignal): Promise<InstanceRecord | undefined>;
  /** Leaves nothing behind when it fails. */
  create(request: StartRequest, image: Image, signal: AbortSignal): Promise<InstanceRecord>;
}

/** Comes back at once in state `starting` where the image is still to come; `inspect` tells what becomes of it. */
export async function startOnce(site: Site, making: Making, request: StartRequest, signal: AbortSignal): Promise<InstanceRecord> {
  const begun = site.starts.get(request.id);
  if (begun) return recordOf(site, making, request, begun);
  const found = await making.found(request, signal);
  if (found) return found;
  const image = await localImage(site, request, signal);
  const start = begin(site, making, request, image);
  if (image === undefined) return making.starting(request);
  await start.done;
  return recordOf(site, making, request, start);
}

function recordOf(site: Site, making: Making, request: StartRequest, { running, failure }: Start): InstanceRecord {
  if (!failure) return running ?? making.starting(request);
  site.starts.delete(request.id);
  throw failure;
}

/** Breaks off a start that is under way. What ran by then is nobody's from now on. */
export async function giveUpStart({ starts }: Site, id: string): Promise<void> {
  const begun = starts.get(id);
  if (!begun) return;
  begun.abort.abort(new Error('no longer wanted'));
  await begun.done;
  starts.delete(id);
}

/** As `giveUpStart`, where it has not been made yet; what has been made is its maker's to end. */
export async function breakOff({ starts }: Site, id: string): Promise<void> {
  const begun = starts.get(id);
  if (!begun || begun.running) return;
  begun.abort.abort(new Error('no longer wanted'));
  await begun.done;
}

function begin(site: Site, making: Making, request: StartRequest, image: Image | undefined): Start {
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, site.lifetime.signal]);
  const work = async (): Promise<void> => {
    try {
      start.running = await making.create(request, image ?? (await ensureImage(site, request, signal)), signal);
    } catch (thrown) {
      start.failure = signal.aborted ? new CodeError('cancelled', 'it was no longer wanted') : told(thrown);
    }
    notify(site, request.id);
  };
  // Later in this turn: `start` must be there when the work ends.
  const start: Start = { abort, done: Promise.resolve().then(work) };
  site.starts.set(request.id, start);
  return start;
}

/** Records of instances have one text for what kept them from starting: what to do next belongs there. */
function told(thrown: unknown): CodeError {
  const { code, message, hint, details } = asCodeError(thrown);
  return new CodeError(code, hint === undefined ? message : `${message} ${hint}`, { details, cause: thrown });
}
