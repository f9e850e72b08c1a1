// What a site tells that nobody should know: secrets, the inside of its programs, directories, files that were left there, doors for developers.
import type { Ground, Wish } from '../ground.ts';
import type { Outcome, Probe } from '../probe.ts';
import { judged, passed } from '../probe.ts';
import type { Seen } from '../seen.ts';
import { evidenceOf, isFine, pieceAround } from '../seen.ts';
import { debugDoors, leftFiles, listings, stackTraces } from './marks.ts';
import { beneath } from './paths.ts';

export const leaks: readonly Probe[] = [
  {
    id: 'leaks.secrets',
    title: 'No answer holds a secret',
    severity: 'critical',
    cwe: 540,
    remediation: 'Take the secret out of what is sent, and rotate it: it is known.',
    run: ({ pages, secrets }) =>
      Promise.resolve(
        judged(
          pages.flatMap((seen) =>
            secrets(`${seen.answer.fields.map(([name, value]) => `${name}: ${value}`).join('\n')}\n${seen.body}`).map(({ kind, shown }) =>
              evidenceOf(seen, shown, kind),
            ),
          ),
        ),
      ),
  },
  {
    id: 'leaks.traces',
    title: 'Errors do not show the inside of the program',
    severity: 'medium',
    cwe: 209,
    remediation: 'Answer errors with words of your own, and write the trace into the log.',
    run: traces,
  },
  {
    id: 'leaks.listing',
    title: 'Directories are not listed',
    severity: 'medium',
    cwe: 548,
    remediation: 'Switch listings off in the server of static files.',
    run: async (ground) => {
      const { found } = ground;
      for (const path of directoriesOf(ground)) {
        const seen = await ground.ask({ path });
        if (isFine(seen) && listings.test(seen.body))
          found.push(evidenceOf(seen, pieceAround(seen.body, listings), 'a directory is listed'));
      }
      return judged(found);
    },
  },
  {
    id: 'leaks.files',
    title: 'No file that was left there can be fetched',
    severity: 'high',
    cwe: 538,
    remediation: 'Serve from a directory that holds nothing else, and refuse names that begin with a dot.',
    needsNotFound: true,
    run: (ground) => marked(ground, leftFiles, 'its content is what such a file holds'),
  },
  {
    id: 'leaks.debug',
    title: 'Doors for developers are closed',
    severity: 'high',
    cwe: 489,
    remediation: 'Do not build or switch on what is for development; else answer it to an internal address only.',
    needsNotFound: true,
    run: (ground) => marked(ground, debugDoors, 'it answers as such a door does'),
  },
];

type Marks = readonly (readonly [path: string, mark: RegExp])[];

async function marked(ground: Ground, marks: Marks, because: string): Promise<Outcome> {
  const { found } = ground;
  for (const mount of ground.site.mounts)
    for (const [name, mark] of marks) {
      const path = beneath(mount, name);
      const seen = await ground.ask({ path });
      // Values stay where they are: only that it is there is told.
      if (isFine(seen) && mark.test(seen.body) && !(ground.missing && mark.test(ground.missing.body)))
        found.push(
          evidenceOf(
            seen,
            pieceAround(seen.body, mark)
              .replace(/([=:]\s*["']?)[^\s"'&<>]{3,}/g, '$1…')
              .slice(0, 60),
            because,
          ),
        );
    }
  return judged(found);
}

async function traces(ground: Ground): Promise<Outcome> {
  const usual = ground.pages.some(({ body }) => stackTraces.test(body));
  const answers: Seen[] = ground.pages.filter(({ status }) => status >= 500);
  for (const wish of provocations(ground)) answers.push(await ground.ask(wish));
  for (const injection of ground.injections)
    for (const value of ['\0', '9'.repeat(40), '[object Object]', '%', '\u{1f4a5}'.repeat(5)])
      answers.push(await injection.send(() => value));
  const found = answers
    .filter(({ body }) => stackTraces.test(body))
    .map((seen) => evidenceOf(seen, pieceAround(seen.body, stackTraces), 'it shows where in the program it happened'));
  // A page about traces shows them to whoever asks nicely, too.
  return usual && found.every(({ answered }) => answered === '200') ? passed : judged(found);
}

/** What programs often did not think of. */
function provocations({ site, inputs }: Ground): readonly Wish[] {
  const odd = site.mounts.flatMap((mount): Wish[] => [
    { path: beneath(mount, '%E0%A4%A') },
    { path: beneath(mount, '%00') },
    { path: beneath(mount, '%ff%fe') },
    { path: `${mount}?__proto__[x]=1&a[]=1&a[b]=2` },
    { path: mount, method: 'POST', body: { type: 'application/json', text: '{"a":' } },
    { path: mount, fields: { Cookie: '%=%; ;;=' } },
    { path: mount, fields: { 'If-Modified-Since': 'x', Range: 'bytes=9-1', 'Content-Type': 'multipart/form-data' } },
  ]);
  const bodies = inputs
    .filter(({ method }) => method !== 'GET')
    .flatMap(({ method, path }) =>
      ['{"a":', 'null', '[]', '"x"'].map((text) => ({ method, path, body: { type: 'application/json', text } })),
    );
  return [...odd, ...bodies];
}

function directoriesOf({ site, pages }: Ground): readonly string[] {
  const directories = pages.map(({ path }) => (path.split('?')[0] ?? '').replace(/[^/]*$/, ''));
  const usual = site.mounts.flatMap((mount) =>
    ['static/', 'assets/', 'images/', 'uploads/', 'files/', 'backup/'].map((name) => beneath(mount, name)),
  );
  return [...new Set([...directories, ...usual])].filter((path) => path !== '').slice(0, 30);
}
