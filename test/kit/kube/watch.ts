// One watch: what happened since a version, then what happens, with a bookmark after each quiet moment; too old a version is an error event.
import type { ServerResponse } from 'node:http';
import type { Change, Kind, Objects } from './objects.ts';
import { selects } from './objects.ts';
import { expired } from './status.ts';

export function watch(objects: Objects, kind: Kind, query: URLSearchParams, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const since = Number(query.get('resourceVersion') ?? objects.version);
  const write = (type: string, object: object): void => void response.write(`${JSON.stringify({ type, object })}\n`);
  if (since < objects.compacted) {
    write('ERROR', expired().body);
    response.end();
    return;
  }
  const selector = query.get('labelSelector') ?? undefined;
  const tell = ({ type, object }: Change): void => {
    if (object.kind === kind.kind && selects(selector, object)) write(type, object);
  };
  for (const change of objects.after(since)) tell(change);
  const bookmark = (): void => {
    if (query.get('allowWatchBookmarks') === 'true')
      write('BOOKMARK', {
        kind: kind.kind,
        apiVersion: kind.apiVersion,
        metadata: { resourceVersion: String(objects.version), creationTimestamp: null },
      });
  };
  bookmark();
  const timer = setInterval(bookmark, 200);
  const life = setTimeout(() => response.end(), Number(query.get('timeoutSeconds') ?? 300) * 1000);
  const off = objects.onChange(tell);
  response.on('close', () => {
    off();
    clearInterval(timer);
    clearTimeout(life);
  });
}
