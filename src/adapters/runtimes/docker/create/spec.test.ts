// An image cannot make itself root, however it spells that; a manifest can, and its plan says so.
import { expect, it } from 'vitest';
import { EngineClient } from '../client.ts';
import { nobody, publishedOn, userOf } from './spec.ts';

it.each([
  ['', nobody],
  ['root', nobody],
  ['00', nobody],
  ['+0', nobody],
  ['000:1000', nobody],
  [':1000', nobody],
  ['toor', nobody],
  ['1000:0', '1000:1000'],
  ['1000:root', '1000:1000'],
  ['node:00', 'node'],
  ['node', 'node'],
  ['1000:2000', '1000:2000'],
])('the image says %s', (image, runs) => {
  expect(userOf({}, image)).toBe(runs);
});

it.each([
  ['root', '0'],
  ['00:root', '0:0'],
  ['1000:0', '1000:0'],
  ['node', 'node'],
])('the manifest says %s, whatever the image says', (user, runs) => {
  expect(userOf({ user }, '1000')).toBe(runs);
});

it.each([
  ['127.0.0.1', '127.0.0.1'],
  ['127.1.2.3', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['::1', '127.0.0.1'],
  ['192.0.2.7', ''],
  ['127.example.org', ''],
])('an Engine at tcp://%s publishes ports on "%s"', (host, address) => {
  expect(publishedOn({ engine: new EngineClient({ kind: 'tcp', host, port: 2375 }) })).toBe(address);
  expect(publishedOn({ engine: new EngineClient({ kind: 'socket', path: '/run/docker.sock' }) })).toBe('127.0.0.1');
});
