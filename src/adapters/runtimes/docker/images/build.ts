// Builds an image from an uploaded directory, through the Engine: named by what it is made from, so the same content is built once.
import type { Digest } from '../../../../base/digest.ts';
import { CodeError } from '../../../../base/errors.ts';
import { formatDuration } from '../../../../base/units.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
import type { EngineRequest } from '../client.ts';
import { EngineRefusal } from '../client.ts';
import { label, scopeLabels } from '../names.ts';
import type { Image } from '../shapes.ts';
import type { Site } from '../site.ts';
import { entriesBelow, tarOf } from '../tar.ts';
import { findImage } from './find.ts';
import { loginsForBuild } from './logins.ts';
import { follow } from './progress.ts';
import { fetchError } from './refusals.ts';

/** Of what a build said, so many lines come with its failure. */
const lastLines = 12;
/** A step may work for long without a word; a registry that is fetched from may not. In times of `docker_patience`. */
const stepsPatience = 10;

/**
 * By BuildKit where the Engine prefers it, else by the classic builder. Errors: `source_missing` (no Dockerfile), `input_invalid` with the last
 * lines of the build, those of a fetch for its base image.
 */
export async function build(site: Site, name: string, context: Digest, request: StartRequest, signal: AbortSignal): Promise<Image> {
  const { release, scope } = request.replicaSet;
  const directory = await site.artifacts.materialise(context, signal);
  const labels = JSON.stringify({ ...scopeLabels(site.homeId, scope), [label.service]: release.service });
  const logins = await loginsForBuild(site.logins);
  const ask = (version: '1' | '2'): EngineRequest => ({
    method: 'POST',
    path: '/build',
    query: { t: name, labels, rm: true, forcerm: true, version },
    headers: { 'content-type': 'application/x-tar', ...logins },
    body: tarOf(entriesBelow(directory)),
  });
  const said: string[] = [];
  const say = (text: string): void => {
    for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
      said.push(line);
      site.log.info({ service: release.service, build: line }, 'building an image');
    }
  };
  const patience = site.patience * stepsPatience;
  const silence = () =>
    new CodeError('timed_out', `The build of the image of ${release.service} said nothing for ${formatDuration(patience)}.`, {
      hint: `Try it by hand (docker build, in the directory of services.${release.service}.build), or raise docker_patience in the settings.`,
      details: { lines: said.slice(-lastLines) },
    });
  try {
    const following = { patience, silence, say };
    // BuildKit asks for logins over a session of its own (gRPC); the classic builder is told them with the request.
    const kit = Object.keys(logins).length === 0 && (await site.engine.prefersBuildKit(signal));
    const left = kit ? await follow(site, ask('2'), signal, following).catch(wantsSession) : 'classic';
    if (left === 'classic') await follow(site, ask('1'), signal, following);
  } catch (thrown) {
    throw buildError(site, release.service, name, said, thrown);
  }
  const made = await findImage(site, name, signal);
  if (made) return made;
  throw new CodeError('runtime_unavailable', `The image of ${release.service} was built, and is not there.`, {
    hint: 'Look at the log of the Docker Engine.',
  });
}

/** A registry that asks who comes, though it lets everybody in: without a session BuildKit cannot even say that it is nobody. */
function wantsSession(thrown: unknown): 'classic' {
  if (thrown instanceof EngineRefusal && /no active session/i.test(thrown.reason)) return 'classic';
  throw thrown;
}

/** What an Engine says when it could not have the image that a build begins with, or a place to put it. */
const ofFetching = /pull access denied|manifest unknown|toomanyrequests|unauthorized|no basic auth|no space left/i;

/** The image of the step that it was at: `Step 1/2 : FROM registry.example/base:1`, `[internal] load metadata for registry.example/base:1`. */
function baseIn(said: readonly string[]): string | undefined {
  const last = said.findLast((line) => /^Step \d+\/\d+ : |^\[internal\] load metadata for \S+$/.test(line)) ?? '';
  return (/: FROM (?:--platform=\S+ )?(\S+)/i.exec(last) ?? /load metadata for (\S+)$/.exec(last))?.[1];
}

function buildError(site: Site, service: string, name: string, said: readonly string[], thrown: unknown): unknown {
  if (!(thrown instanceof EngineRefusal)) return thrown;
  const { reason } = thrown;
  if (/Cannot locate specified Dockerfile|failed to read dockerfile/i.test(reason))
    return new CodeError('source_missing', `services.${service}.build: there is no Dockerfile in that directory.`, {
      hint: 'Add one, or name another directory.',
      cause: thrown,
    });
  if (ofFetching.test(reason)) return fetchError(site, baseIn(said) ?? name, thrown);
  const lines = said.slice(-lastLines);
  return new CodeError('input_invalid', `The image of ${service} could not be built: ${reason}. It said last: ${lines.join(' | ')}.`, {
    hint: `Try it by hand: docker build, in the directory of services.${service}.build.`,
    details: { lines },
    cause: thrown,
  });
}
