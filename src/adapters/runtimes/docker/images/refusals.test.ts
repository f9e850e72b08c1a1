// Which of our errors it is that a registry, or the disk, made the Engine say.
import { expect, it } from 'vitest';
import { EngineRefusal } from '../client.ts';
import { fetchError } from './refusals.ts';

it.each([
  ['write /data/tmp/GetImageBlob4034290: no space left on device', 'disk_full'],
  ['toomanyrequests: You have reached your pull rate limit', 'rate_limited'],
  ['received unexpected HTTP status: 429 Too Many Requests', 'rate_limited'],
  ['error parsing HTTP 403 response body', 'denied'],
  ['pull access denied for shop/web', 'denied'],
  ['error pulling sha256:9401f4293b403: connection reset by peer', 'runtime_unavailable'],
])('takes %j for %s', (reason, code) => {
  expect(fetchError({ logins: undefined }, 'registry.test/shop/web:1', new EngineRefusal(500, reason))).toMatchObject({ code });
});
