// Builds an image from an uploaded directory, through the Engine: named by what it is made from, so the same content is built once.
import type { Digest } from '../../../../base/digest.ts';
import { CodeError } from '../../../../base/errors.ts';
import { formatDuration } from '../../../../base/units.ts';
import type { StartRequest } from '../../../../ports/instances.ts';
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
 * The classic builder: every Engine has it, while BuildKit wants a session of its own beside the request. Errors: `source_missing` (no
 * Dockerfile), `input_invalid` with the last lines of the build, those of a fetch for its base image.
 */
export async function build(site: Site, name: string, context: Digest, request: StartRequest, signal: AbortSignal): Promise<Image> {
  const { release, scope } = request.replicaSet;
  const directory = await site.artifacts.materialise(context, signal);
  const labels = JSON.stringify({ ...scopeLabels(site.homeId, scope), [label.service]: release.service });
  const query = { t: name, labels, rm: true, forcerm: true, version: '1' };
  const headers = { 'content-type': 'application/x-tar', ...(await loginsForBuild(site.logins)) };
  const body = tarOf(entriesBelow(directory));
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
    await follow(site, { method: 'POST', path: '/build', query, headers, body }, signal, { patience, silence, say });
  } catch (thrown) {
    throw buildError(site, release.service, name, said, thrown);
  }
  const made = await findImage(site, name, signal);
  if (made) return made;
  throw new CodeError('runtime_unavailable', `The image of ${release.service} was built, and is not there.`, {
    hint: 'Look at the log of the Docker Engine.',
  });
}

/** What an Engine says when it could not have the image that a build begins with, or a place to put it. */
const ofFetching = /pull access denied|manifest unknown|toomanyrequests|unauthorized|no basic auth|no space left/i;

/** The image of the step that it was at: `Step 1/2 : FROM registry.example/base:1`. */
function baseIn(said: readonly string[]): string | undefined {
  const last = said.findLast((line) => /^Step \d+\/\d+ : /.test(line));
  return /: FROM (?:--platform=\S+ )?(\S+)/i.exec(last ?? '')?.[1];
}

function buildError(site: Site, service: string, name: string, said: readonly string[], thrown: unknown): unknown {
  if (!(thrown instanceof EngineRefusal)) return thrown;
  const { reason } = thrown;
  if (/Cannot locate specified Dockerfile/i.test(reason))
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
