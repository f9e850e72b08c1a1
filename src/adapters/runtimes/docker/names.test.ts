// Names of what this driver makes: no two applications, environments or volumes share one, and labels say whose it is.
import { expect, it } from 'vitest';
import { belongsTo, networkName, scopeLabels, volumeName } from './names.ts';

const home = '0123456789abcdef';
const scope = (application: string, environment: string) => ({ application, environment });

it('no two share a name, wherever theirs have their hyphens', () => {
  expect(volumeName(home, scope('shop', 'prod'), 'eu-data')).not.toBe(volumeName(home, scope('shop', 'prod-eu'), 'data'));
  expect(networkName(home, scope('shop', 'prod-eu'))).not.toBe(networkName(home, scope('shop-prod', 'eu')));
});

it('belongs to who made it: home, application and environment', () => {
  const labels = scopeLabels(home, scope('shop', 'prod'));
  expect(belongsTo(labels, home, scope('shop', 'prod'))).toBe(true);
  expect(belongsTo(labels, home, scope('shop', 'test'))).toBe(false);
  expect(belongsTo(labels, home, scope('blog', 'prod'))).toBe(false);
  expect(belongsTo(labels, 'fedcba9876543210', scope('shop', 'prod'))).toBe(false);
  expect(belongsTo(null, home, scope('shop', 'prod'))).toBe(false);
});
