// Where words of a client go in: every input that was found, one name at a time, and usual names that nobody told of, all in one request.
import type { Injection, Input } from './ground.ts';
import type { Seen } from './seen.ts';
import type { Site } from './site.ts';

/** Names that programs usually give to what they search, open, run, include or go to. */
const usual = [
  'q',
  'query',
  'search',
  's',
  'id',
  'name',
  'user',
  'message',
  'error',
  'title',
  'lang',
  'page',
  'view',
  'template',
  'file',
  'path',
  'filename',
  'document',
  'download',
  'include',
  'dir',
  'url',
  'uri',
  'link',
  'src',
  'source',
  'image',
  'feed',
  'host',
  'next',
  'redirect',
  'redirect_uri',
  'return',
  'return_to',
  'returnUrl',
  'continue',
  'goto',
  'target',
  'callback',
  'webhook',
  'to',
  'cmd',
  'exec',
  'command',
  'ping',
  'ip',
  'sort',
  'order',
  'filter',
  'category',
  'debug',
]; // prettier-ignore

export function injectionsOf(site: Site, pages: readonly Seen[], inputs: readonly Input[]): readonly Injection[] {
  const known = inputs.flatMap((input) => Object.keys(input.values).map((name) => alone(site, input, name)));
  const paths = [...new Set(pages.map(({ path }) => path.split('?')[0] ?? ''))];
  return [...known, ...paths.map((path) => together(site, path, usual)), ...site.name.mounts.map((mount) => inPath(site, mount))];
}

/** The same with one name only, to find out which of several it was. */
export function apart({ names, send, where }: Injection): readonly Injection[] {
  return names.map((name) => ({
    names: [name],
    where: `${where} ${name}`,
    send: (value) => send((own) => (own === name ? value(own) : '1')),
  }));
}

function alone(site: Site, input: Input, name: string): Injection {
  return {
    names: [name],
    where: `${input.method} ${input.path} ${input.place} ${name}`,
    send: (value) => fill(site, input, { ...input.values, [name]: value(name) }),
  };
}

function together(site: Site, path: string, names: readonly string[]): Injection {
  const input: Input = { method: 'GET', path, place: 'query', values: {} };
  return {
    names,
    where: `GET ${path} query`,
    send: (value) => fill(site, input, Object.fromEntries(names.map((name) => [name, value(name)]))),
  };
}

function inPath(site: Site, mount: string): Injection {
  const name = 'the last part of the path';
  return {
    names: [name],
    where: `GET ${mount}`,
    inPath: true,
    send: (value) => site.ask({ path: `${mount.replace(/\/$/, '')}/${encodeURIComponent(value(name))}` }),
  };
}

function fill(site: Site, { method, path, place }: Input, values: Readonly<Record<string, string>>): Promise<Seen> {
  if (place === 'query') return site.ask({ method, path: `${path}?${new URLSearchParams(values).toString()}` });
  const body =
    place === 'form'
      ? { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(values).toString() }
      : { type: 'application/json', text: JSON.stringify(Object.fromEntries(Object.entries(values).map(typed))) };
  return site.ask({ method, path, body });
}

/** An example that is a number is meant as one. */
function typed([name, value]: readonly [string, string]): [string, string | number] {
  return [name, /^-?\d{1,15}$/.test(value) ? Number(value) : value];
}
