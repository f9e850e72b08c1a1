// What there is to look at on a site: its routes, what somebody listed, what its OpenAPI document tells, and links of its pages – to a bound.
import type { Input } from './ground.ts';
import { inputsOfDocument } from './openapi.ts';
import { Untried } from './probe.ts';
import type { Seen } from './seen.ts';
import { isFine, isHtml } from './seen.ts';
import type { Site } from './site.ts';

export interface Found {
  readonly pages: readonly Seen[];
  readonly inputs: readonly Input[];
}

/** A line of a list of paths: `GET /orders?newest=1`, `POST /orders {"product":"tea"}`. */
export interface Listed {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

const documents = ['openapi.json', 'swagger.json', 'api-docs', 'v3/api-docs', 'v1/openapi.json'];
const harmful = /log-?out|sign-?out|delete|remove|destroy|shutdown|restart/i;

/** Errors: `Untried` where not even the routes are answered. */
export async function crawl(site: Site, listed: readonly Listed[], most: number): Promise<Found> {
  const pages = new Map<string, Seen>();
  const inputs: Input[] = [];
  const waiting: string[] = [...site.name.mounts, ...listed.filter(({ method }) => method === 'GET').map(({ path }) => path)];
  for (const one of listed) inputs.push(...inputOfListed(one));
  const isOurs = (path: string) => site.holds(path) && isStraight(path);
  for (const mount of site.name.mounts) {
    const told = await documentAt(site, mount);
    inputs.push(...told.filter(({ path }) => isOurs(path)));
    waiting.push(...told.filter(({ method }) => method === 'GET').map(withValues));
  }
  for (let at = 0; at < waiting.length && pages.size < most; at += 1) {
    const path = waiting[at] ?? '';
    if (pages.has(path) || !isOurs(path)) continue;
    const seen = await visit(site, path, at < site.name.mounts.length);
    if (!seen) continue;
    pages.set(path, seen);
    inputs.push(...inputsOfQuery(path));
    if (!isHtml(seen)) continue;
    waiting.push(...linksOf(seen, site));
    inputs.push(...formsOf(seen).filter((one) => isOurs(one.path)));
  }
  return { pages: [...pages.values()], inputs: once(inputs) };
}

/** What the application tells of itself must not lead out of its routes, to where another one answers on the same host. */
function isStraight(path: string): boolean {
  const [bare = ''] = path.split(/[?#]/);
  return !bare.split(/[/\\]|%2f|%5c/i).some((one) => /^(?:\.|%2e){1,2}$/i.test(one));
}

/** Of what was only found, one that has no answer costs its own look; of a route it is the site's. */
async function visit(site: Site, path: string, isRoute: boolean): Promise<Seen | undefined> {
  try {
    return await site.ask({ path });
  } catch (thrown) {
    if (isRoute || !(thrown instanceof Untried)) throw thrown;
    return undefined;
  }
}

async function documentAt(site: Site, mount: string): Promise<readonly Input[]> {
  for (const name of documents) {
    const seen = await site.ask({ path: `${mount.replace(/\/$/, '')}/${name}` });
    const told = isFine(seen) ? inputsOfDocument(seen.body, mount) : [];
    if (told.length > 0) return told;
  }
  return [];
}

export function withValues({ path, place, values }: Input): string {
  const query = place === 'query' ? new URLSearchParams(values).toString() : '';
  return query === '' ? path : `${path}?${query}`;
}

function inputsOfQuery(path: string): readonly Input[] {
  const [bare = '', query = ''] = path.split('?');
  const values = Object.fromEntries(new URLSearchParams(query));
  return Object.keys(values).length === 0 ? [] : [{ method: 'GET', path: bare, place: 'query', values }];
}

function inputOfListed({ method, path, body }: Listed): readonly Input[] {
  if (method === 'GET' || body === undefined) return [];
  if (!body.startsWith('{')) return [{ method, path, place: 'form', values: Object.fromEntries(new URLSearchParams(body)) }];
  const read: unknown = JSON.parse(body);
  const values = Object.entries(typeof read === 'object' && read !== null ? read : {}).map(([name, value]) => [name, String(value)]);
  return [{ method, path, place: 'json', values: Object.fromEntries(values) as Record<string, string> }];
}

function linksOf({ body, path }: Seen, site: Site): readonly string[] {
  return [...body.matchAll(/(?:href|src)\s{0,4}=\s{0,4}["']([^"'\s>]{1,500})["']/gi)].flatMap(([, target = '']) => {
    const url = URL.parse(target.replaceAll('&amp;', '&'), `${site.name.name}${path}`);
    if (!url || url.host !== new URL(site.name.name).host || harmful.test(url.pathname)) return [];
    return [`${url.pathname}${url.search}`];
  });
}

function formsOf({ body, path }: Seen): readonly Input[] {
  return [...body.matchAll(/<form\b([^>]{0,1000})>([\s\S]{0,20000}?)<\/form>/gi)].flatMap(([, head = '', inside = '']): Input[] => {
    const names = [
      ...inside.matchAll(/\bname\s{0,4}=\s{0,4}["']([\w.[\]-]{1,80})["'](?:[^>]{0,400}?\bvalue\s{0,4}=\s{0,4}["']([^"']{0,200})["'])?/gi),
    ];
    const action = URL.parse(attribute(head, 'action') ?? path, `http://site${path}`);
    if (names.length === 0 || !action || action.host !== 'site' || harmful.test(action.pathname)) return [];
    const posts = /post/i.test(attribute(head, 'method') ?? '');
    const values = Object.fromEntries(names.map(([, name = '', value = '1']) => [name, value]));
    return [{ method: posts ? 'POST' : 'GET', path: action.pathname, place: posts ? 'form' : 'query', values }];
  });
}

function attribute(head: string, name: string): string | undefined {
  return new RegExp(`\\b${name}\\s{0,4}=\\s{0,4}["']([^"']{0,500})["']`, 'i').exec(head)?.[1];
}

function once(inputs: readonly Input[]): readonly Input[] {
  const kept = new Map<string, Input>();
  for (const one of inputs) {
    const key = `${one.method} ${one.path} ${one.place}`;
    const known = kept.get(key);
    kept.set(key, known ? { ...known, values: { ...one.values, ...known.values } } : one);
  }
  return [...kept.values()];
}
