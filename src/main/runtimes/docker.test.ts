// Which Docker Engines the settings may name: one elsewhere only with certificates.
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../settings.ts';
import { dockerEngine } from './docker.ts';

const named = (host: string) => dockerEngine(loadSettings('/nowhere/codectl.yaml', {}, { docker_host: host }));

describe('docker_host', () => {
  it('takes a socket, and an Engine of this machine without certificates', () => {
    expect(named('unix:///run/docker.sock')).toEqual({ kind: 'socket', path: '/run/docker.sock' });
    for (const host of ['127.0.0.1', '127.8.0.1', 'localhost'])
      expect(named(`tcp://${host}:2375`)).toMatchObject({ kind: 'tcp', host, port: 2375 });
  });

  it('refuses one elsewhere without certificates, also where its name only begins like this machine’s', () => {
    for (const host of ['10.0.0.1', '127.evil.example', '127.0.0.1.evil.example', 'localhost.evil.example'])
      expect(() => named(`tcp://${host}:2375`)).toThrow(/is not this machine/);
  });

  it('refuses what is no address, in words', () => {
    for (const wrong of ['tcp://127.0.0.1:99999', 'tcp://127.0.0.1', 'http://127.0.0.1:2375'])
      expect(() => named(wrong)).toThrow(/docker_host: expected/);
  });
});
