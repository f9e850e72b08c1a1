// What every answer should say to a browser, and what no answer should say of the server.
import type { ProbeEvidence } from '../../../model/proving/probe.ts';
import type { Ground } from '../ground.ts';
import type { Outcome, Probe } from '../probe.ts';
import { judged, notMeasured } from '../probe.ts';
import type { Seen } from '../seen.ts';
import { evidenceOf, isFine, isHtml } from '../seen.ts';

/** Looks at pages that fit; each says its own complaint, or none. */
function overPages(fits: (seen: Seen) => boolean, what: string, complaint: (seen: Seen) => string | undefined) {
  return ({ pages }: Ground): Promise<Outcome> => {
    const fitting = pages.filter(fits);
    if (fitting.length === 0) return Promise.resolve(notMeasured(`no ${what} was found`));
    const found = fitting.flatMap((seen): ProbeEvidence[] => {
      const because = complaint(seen);
      return because === undefined ? [] : [evidenceOf(seen, fieldsOf(seen), because)];
    });
    return Promise.resolve(judged(found));
  };
}

const fieldsOf = ({ answer }: Seen): string => answer.fields.map(([name]) => name).join(', ');
const page = (seen: Seen): boolean => isFine(seen) && isHtml(seen);
const content = (seen: Seen): boolean => isFine(seen) && seen.body.length > 0;

export const posture: readonly Probe[] = [
  {
    id: 'headers.csp',
    title: 'Pages say which scripts may run',
    severity: 'medium',
    cwe: 693,
    remediation:
      "Answer pages with a Content-Security-Policy whose script-src names sources, nonces or hashes, without 'unsafe-inline' or *.",
    run: overPages(page, 'page in HTML', (seen) => complaintOfPolicy(seen.fields('content-security-policy'))),
  },
  {
    id: 'headers.nosniff',
    title: 'Browsers are told not to guess what an answer is',
    severity: 'low',
    cwe: 430,
    remediation: 'Answer with X-Content-Type-Options: nosniff.',
    run: overPages(content, 'answer with content', (seen) =>
      seen.field('x-content-type-options')?.toLowerCase() === 'nosniff' ? undefined : 'X-Content-Type-Options: nosniff is missing',
    ),
  },
  {
    id: 'headers.frames',
    title: 'Pages cannot be framed by others',
    severity: 'medium',
    cwe: 1021,
    remediation: "Answer pages with frame-ancestors 'self' (or 'none') in the Content-Security-Policy, or X-Frame-Options: DENY.",
    run: overPages(page, 'page in HTML', (seen) =>
      /^(?:deny|sameorigin)$/i.test(seen.field('x-frame-options') ?? '') ||
      /frame-ancestors(?!\s+\*)/i.test(seen.field('content-security-policy') ?? '')
        ? undefined
        : 'neither X-Frame-Options nor frame-ancestors forbids it',
    ),
  },
  {
    id: 'headers.referrer',
    title: 'Addresses are not told to other sites',
    severity: 'low',
    cwe: 200,
    remediation: 'Answer pages with Referrer-Policy: strict-origin-when-cross-origin or stricter.',
    run: overPages(page, 'page in HTML', (seen) => {
      const policy = seen.field('referrer-policy');
      if (policy === undefined) return 'Referrer-Policy is missing';
      return /unsafe-url|no-referrer-when-downgrade/i.test(policy) ? `Referrer-Policy is ${policy}` : undefined;
    }),
  },
  {
    id: 'headers.banner',
    title: 'Answers do not tell programs and their versions',
    severity: 'low',
    cwe: 200,
    remediation: 'Remove versions from Server, and X-Powered-By, X-AspNet-Version and X-Generator altogether.',
    run: overPages(
      () => true,
      'answer',
      (seen) => {
        const telling = ['x-powered-by', 'x-aspnet-version', 'x-aspnetmvc-version', 'x-generator'].find((name) => seen.field(name));
        if (telling) return `${telling}: ${seen.field(telling)}`;
        const server = seen.field('server') ?? '';
        return /\d+\.\d+/.test(server) ? `Server: ${server}` : undefined;
      },
    ),
  },
  {
    id: 'cookies.flags',
    title: 'Cookies are kept from scripts, other sites and plain HTTP',
    severity: 'medium',
    cwe: 1004,
    remediation: 'Set cookies with HttpOnly, SameSite=Lax (or Strict), and Secure where there is TLS.',
    run: ({ pages, site }) => {
      const set = pages.flatMap((seen) => seen.fields('set-cookie').map((cookie) => ({ seen, cookie })));
      if (set.length === 0) return Promise.resolve(notMeasured('no answer set a cookie'));
      const found = set.flatMap(({ seen, cookie }): ProbeEvidence[] => {
        const lacking = flagsLacking(cookie, site.tls);
        const name = cookie.split('=')[0] ?? '';
        return lacking.length === 0 ? [] : [evidenceOf(seen, `Set-Cookie: ${name}=…`, `${name} lacks ${lacking.join(', ')}`)];
      });
      return Promise.resolve(judged(found));
    },
  },
];

function flagsLacking(cookie: string, tls: boolean): readonly string[] {
  const wanted = [
    ['HttpOnly', /;\s*httponly/i],
    ['SameSite', /;\s*samesite=(?:lax|strict)/i],
    ...(tls ? [['Secure', /;\s*secure/i] as const] : []),
  ] as const;
  return wanted.filter(([, pattern]) => !pattern.test(cookie)).map(([name]) => name);
}

function complaintOfPolicy(policies: readonly string[]): string | undefined {
  if (policies.length === 0) return 'Content-Security-Policy is missing';
  // Several policies all hold: one that is strict enough is enough.
  const complaints = policies.map(complaintOf);
  return complaints.includes(undefined) ? undefined : complaints[0];
}

function complaintOf(policy: string): string | undefined {
  const directives = new Map(
    policy.split(';').map((one): [string, readonly string[]] => {
      const [name = '', ...sources] = one.trim().toLowerCase().split(/\s+/);
      return [name, sources];
    }),
  );
  const scripts = directives.get('script-src') ?? directives.get('default-src');
  if (!scripts) return 'neither script-src nor default-src says where scripts come from';
  const named = scripts.some((one) => /^'(?:nonce-|sha\d)/.test(one));
  if (scripts.includes("'unsafe-inline'") && !named) return "script-src permits 'unsafe-inline'";
  const wide = scripts.find((one) => ['*', 'http:', 'https:', 'data:'].includes(one));
  return wide !== undefined && !scripts.includes("'strict-dynamic'") ? `script-src permits ${wide}` : undefined;
}
