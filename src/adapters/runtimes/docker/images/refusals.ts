// What kept an image from being fetched, in words and with the next step: the Engine passes on what the registry said.
import { CodeError } from '../../../../base/errors.ts';
import { parseReference } from '../../../../model/container/reference.ts';
import { EngineRefusal, refusedWith } from '../client.ts';
import type { Site } from '../site.ts';

export function silence({ patience }: Site, name: string): CodeError {
  const { registry } = parseReference(name);
  return new CodeError('timed_out', `The registry ${registry} said nothing for ${patience / 1000} s while ${name} was fetched.`, {
    hint: `Try it by hand (docker pull ${name}), or raise docker_patience in the settings.`,
  });
}

function loginHint(file: string | undefined, registry: string): string {
  return file === undefined
    ? `It was asked without a login: docker login ${registry}, then name the file that it wrote (codectl up --set docker_config=PATH/config.json).`
    : `Its login comes from ${file}: docker login ${registry}, as the user who owns that file.`;
}

/** What a registry said, by way of the Engine, as one of our errors. */
export function fetchError({ logins }: Pick<Site, 'logins'>, name: string, thrown: unknown): unknown {
  if (!(thrown instanceof EngineRefusal)) return thrown;
  const { reason } = thrown;
  const { registry } = parseReference(name);
  const login = loginHint(logins, registry);
  const as = (code: CodeError['code'], message: string, hint: string) =>
    new CodeError(code, message, { hint, details: { reason }, cause: thrown });
  // Before what is told by numbers: the names of its files have any.
  if (/no space left/i.test(reason))
    return as(
      'disk_full',
      `The disk of the Docker Engine is full: ${reason}.`,
      'Free space where its data lies (docker system df), then deploy again.',
    );
  if (/toomanyrequests|\b429\b|too many requests/i.test(reason))
    return as('rate_limited', `The registry ${registry} refuses more requests for now: ${reason}.`, `Wait. ${login}`);
  if (/unauthorized|authentication required|no basic auth|\b401\b|denied|\b403\b/i.test(reason))
    return as('denied', `The registry ${registry} does not let us have ${name}: ${reason}.`, `Check the name. ${login}`);
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
