// Setting a secret: what is typed or pasted is taken in whole or not at all, and only for an environment that there is.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeDaemon, Ran } from './cli-kit.ts';
import { fakeDaemon, run } from './cli-kit.ts';

const where = { application: 'shop', environment: 'live' };
let daemon: FakeDaemon;

beforeEach(async () => {
  const facts = { ...where, name: 'TLS_KEY', version: 1, changed_at: '', changed_by: 'user:me', used_by: [], warnings: [] };
  daemon = await fakeDaemon({ 'secrets.set': () => facts });
});

afterEach(() => daemon.stop());

async function typing(typed: string): Promise<Ran & { readonly set: readonly unknown[] }> {
  const ran = await run(['secret', 'set', 'TLS_KEY', '--app', 'shop', '--env', 'live'], { home: daemon.home, terminal: true, typed });
  return { ...ran, set: daemon.asked.map(({ input }) => input) };
}

describe('at the prompt for a secret', () => {
  it('what is typed is taken, and shown nowhere', async () => {
    const { code, out, err, set } = await typing('open sesame');
    expect({ code, set }).toEqual({ code: 0, set: [{ ...where, name: 'TLS_KEY', value: 'open sesame' }] });
    expect(out + err).not.toContain('sesame');
  });

  it('what is pasted in several lines is refused, and not cut to the first', async () => {
    for (const pasted of ['-----BEGIN KEY-----\nMIIEvQ\n-----END KEY-----', 'first\nsecond']) {
      const { code, out, err, set } = await typing(pasted);
      expect({ code, set }).toEqual({ code: 2, set: [] });
      expect(err).toContain('--from-file');
      expect(out + err).not.toMatch(/MIIEvQ|second/);
    }
  });

  it('nothing is no value', async () => {
    expect(await typing('')).toMatchObject({ code: 2, set: [], err: expect.stringContaining('nothing was changed') });
  });

  it('Ctrl-C ends with 130, as everywhere', async () => {
    expect(await typing('half a value\u0003')).toMatchObject({ code: 130, set: [] });
  });
});

describe('from a file', () => {
  it('that never ends nothing is taken, and it is not read for ever', async () => {
    const { code, err } = await run(['secret', 'set', 'TLS_KEY', '--app', 'shop', '--env', 'live', '--from-file', '/dev/zero'], {
      home: daemon.home,
    });
    expect({ code, asked: daemon.asked }).toEqual({ code: 2, asked: [] });
    expect(err).toContain('too long for a secret');
  });
});

describe('the environment of a secret', () => {
  const services = 'application: shop\nservices: { api: { run: { command: [node, api.js] } } }\n';
  const set = async (...more: readonly string[]) => {
    await writeFile(join(daemon.home, 'code.yaml'), `${services}environments: { live: {}, test: {} }`);
    return run(['secret', 'set', 'TLS_KEY', ...more, '--from-file', 'code.yaml'], { home: daemon.home });
  };

  it('is one of the manifest, where that names the application', async () => {
    const { code, err } = await set('--env', 'lvie');
    expect({ code, asked: daemon.asked }).toEqual({ code: 2, asked: [] });
    expect(err).toContain('did you mean "live"?');
    expect((await set('--env', 'live')).code).toBe(0);
  });

  it('is any where the application is named, for what is deployed from elsewhere', async () => {
    expect((await set('--app', 'shop', '--env', 'lvie')).code).toBe(0);
  });
});
