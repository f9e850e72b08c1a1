// No secret is written down, nothing endless is, and what is written reads back the same.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, redact, redacted, redactText } from './redact.ts';

const secretNames = [
  'token',
  'apiToken',
  'client_secret',
  'secrets',
  'Password',
  'DATABASE_PASSWORD',
  'authorization',
  'Set-Cookie',
  'AWS_ACCESS_KEY',
  'STRIPE_KEY',
  'privateKey',
  'ssh-key',
  'SENTRY_DSN',
  'awsCredentials',
  'PGPASSWORD',
  'MYSQL_PWD',
  'ghtoken',
];
const openNames = [
  'key',
  'idempotency_key',
  'publicKey',
  'token_id',
  'tokenFile',
  'name',
  'keyboard',
  'monkey',
  'secretary',
  'passes',
  'password_at',
  'PWD',
];

describe('names', () => {
  it.each(secretNames)('%s is a secret', (name) => {
    expect(isSecretName(name)).toBe(true);
    expect(redact({ env: { [name]: 'hunter2', other: 1 } })).toEqual({ env: { [name]: redacted, other: 1 } });
  });

  it.each(openNames)('%s is not', (name) => {
    expect(redact({ [name]: 'open' })).toEqual({ [name]: 'open' });
  });

  it('judges pairs of name and value by their name', () => {
    const pairs = [
      { name: 'API_KEY', value: 'hunter2' },
      { name: 'LOG_LEVEL', value: 'info' },
    ];
    expect(redact({ pairs })).toEqual({ pairs: [{ name: 'API_KEY', value: redacted }, pairs[1]] });
  });

  it('hides whole structures below a secret name, but not that a flag was given', () => {
    expect(redact({ credentials: { user: 'x', deep: ['hunter2'] }, secret: true, token: null })).toEqual({
      credentials: redacted,
      secret: true,
      token: null,
    });
  });
});

describe('texts', () => {
  it.each([
    [`use code_${'a'.repeat(43)} now`, `use ${redacted} now`],
    ['Authorization: Bearer abcdefgh.ijkl', `Authorization: Bearer ${redacted}`],
    ['postgres://app:hunter2@db:5432/shop?x=1', `postgres://app:${redacted}@db:5432/shop?x=1`],
    ['http://example.test:8080/a@b', 'http://example.test:8080/a@b'],
    ['psql --password=hunter2 -h db', `psql --password=${redacted} -h db`],
    ['psql --password hunter2 -h db', `psql --password ${redacted} -h db`],
    ['app --api-key="a b" --port 80', `app --api-key=${redacted} --port 80`],
    ['mysql -uroot -phunter2 shop', `mysql -uroot -p${redacted} shop`],
    ['mysql -p1hunter shop', `mysql -p${redacted} shop`],
    ['docker run -p8080:80 -p 9090 -port=3 -path=x', 'docker run -p8080:80 -p 9090 -port=3 -path=x'],
    ['PGPASSWORD=hunter2 psql', `PGPASSWORD=${redacted} psql`],
    ['curl -u a:hunter2 https://x.test', `curl -u a:${redacted} https://x.test`],
    ['curl --user "a:hunter2" x', `curl --user "a:${redacted}" x`],
    ['GET /?token=hunter2&x=1', `GET /?token=${redacted}`],
    ['{"password":"hunter2","a":1}', `{"password":${redacted},"a":1}`],
    ['key AKIAIOSFODNN7EXAMPLE', `key ${redacted}`],
    [`push ghp_${'a1'.repeat(18)} now`, `push ${redacted} now`],
    ['the token has expired, LOG_LEVEL=info PWD=/app', 'the token has expired, LOG_LEVEL=info PWD=/app'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n', redacted],
  ])('%j becomes %j', (text, expected) => {
    expect(redactText(text)).toBe(expected);
    expect(redact({ list: [text] })).toEqual({ list: [expected] });
  });

  it.each([
    [
      ['mysql', '--password', 'hunter2', 'shop'],
      ['mysql', '--password', redacted, 'shop'],
    ],
    [
      ['curl', '-u', 'a:hunter2', 'x'],
      ['curl', '-u', `a:${redacted}`, 'x'],
    ],
    [
      ['mysql', '-phunter2', '-u', 'root'],
      ['mysql', `-p${redacted}`, '-u', 'root'],
    ],
    [
      ['app', '--token', '--verbose'],
      ['app', '--token', '--verbose'],
    ],
  ])('the words of a command, %j, become %j', (command, expected) => {
    expect(redact({ command })).toEqual({ command: expected });
  });

  it('cuts what is long and says how long it was, without half characters', () => {
    const cut = redactText(`${'x'.repeat(999)}${'😀'.repeat(3000)}`);
    expect(cut.isWellFormed()).toBe(true);
    expect(cut).toMatch(/… \(6999 characters\)$/);
    expect(cut.length).toBeLessThan(1100);
  });
});

describe('bounds', () => {
  it('cuts long lists, many members, deep nesting and cycles', () => {
    const cycle: Record<string, unknown> = {};
    cycle.again = cycle;
    expect(redact({ list: Array.from({ length: 300 }, (_, n) => n) }).list).toHaveLength(101);
    expect(Object.keys(redact(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`m${n}`, n]))))).toHaveLength(101);
    expect(JSON.stringify(redact({ cycle }))).toContain('too deep');
  });

  it('keeps what it returns small and the same after JSON, whatever it is given', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anything), (subject) => {
        const text = JSON.stringify(redact(subject));
        expect(text.length).toBeLessThanOrEqual(16_000);
        expect(JSON.stringify(redact(JSON.parse(text)))).toBeDefined();
        // `-0` is the one number that JSON does not bring back; its text is the same.
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('names the members of a subject that is too large as a whole', () => {
    const subject = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`m${n}`, 'x'.repeat(900)]));
    expect(redact(subject)).toMatchObject({ cut: expect.stringMatching(/^\d+ characters/), members: expect.arrayContaining(['m0']) });
  });

  it('does not mind members called like an object’s own', () => {
    expect(Object.entries(redact(JSON.parse('{"__proto__": {"token": "hunter2"}, "constructor": 1}')))).toEqual([
      ['__proto__', { token: redacted }],
      ['constructor', 1],
    ]);
  });
});
