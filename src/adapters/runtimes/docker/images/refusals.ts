// What kept an image from being fetched, in words and with the next step: the Engine passes on what the registry said.
import { CodeError } from '../../../../base/errors.ts';
import { EngineRefusal, refusedWith } from '../client.ts';
import type { Site } from '../site.ts';
import { parseReference } from './reference.ts';

export function silence({ patience }: Site, name: string): CodeError {
  const { registry } = parseReference(name);
  return new CodeError('timed_out', `The registry ${registry} said nothing for ${patience / 1000} s while ${name} was fetched.`, {
    hint: `Try it by hand (docker pull ${name}), or raise docker_patience in the settings.`,
  });
}

/** What a registry said, by way of the Engine, as one of our errors. */
export function fetchError(name: string, thrown: unknown): unknown {
  if (!(thrown instanceof EngineRefusal)) return thrown;
  const { reason } = thrown;
  const { registry } = parseReference(name);
  const as = (code: CodeError['code'], message: string, hint: string) =>
    new CodeError(code, message, { hint, details: { reason }, cause: thrown });
  if (/toomanyrequests|429|too many requests/i.test(reason))
    return as(
      'rate_limited',
      `The registry ${registry} refuses more requests for now: ${reason}.`,
      `Wait, or log in for a higher limit: docker login ${registry}.`,
    );
  if (/unauthorized|authentication required|no basic auth|401|denied|403/i.test(reason))
    return as(
      'denied',
      `The registry ${registry} does not let us have ${name}: ${reason}.`,
      `Log in as the user of the daemon (docker login ${registry}), and check the name.`,
    );
  if (/no space left/i.test(reason))
    return as(
      'disk_full',
      `The disk of the Docker Engine is full: ${reason}.`,
      'Free space where its data lies (docker system df), then deploy again.',
    );
  if (/no matching manifest|does not match the specified platform/i.test(reason))
    return as('unsupported', `${name} is not made for this machine: ${reason}.`, 'Build it for the architecture of the Docker Engine.');
  if (refusedWith(thrown, 404) || /not found|manifest unknown|name unknown|does not exist/i.test(reason))
    return as('artifact_missing', `There is no image ${name}: ${reason}.`, 'Check its name and tag, and that it was pushed (docker push).');
  return as(
    'runtime_unavailable',
    `${name} could not be fetched from ${registry}: ${reason}.`,
    `Look whether the registry answers: docker pull ${name}.`,
  );
}
