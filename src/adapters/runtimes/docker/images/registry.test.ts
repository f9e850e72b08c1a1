// No manifest sends the Engine where the engine itself may not call, in any notation.
import { expect, it } from 'vitest';
import { outboundTo } from '../../../../platform/guard/network/outbound.ts';
import { permitRegistry } from './registry.ts';

const refused = { code: 'denied', message: expect.stringContaining('may not call the registry') };
const tried = (reference: string, rules: readonly string[] = []) => permitRegistry({ outbound: outboundTo(rules) }, reference);

it.each([
  '169.254.169.254/latest/meta-data',
  '169.254.169.254:80/latest',
  '0xa9.254.169.254/latest',
  '0.0.0.0:2375/v2',
])('%s is refused by default', async (reference) => {
  await expect(tried(reference)).rejects.toMatchObject(refused);
});

it.each([
  'web:2.1',
  'shop/web',
  '127.0.0.1:5000/shop/web:2.1',
  'localhost:5000/web',
  'registry.invalid/shop/web',
])('%s is left to the Engine by default', async (reference) => {
  await expect(tried(reference)).resolves.toBeUndefined();
});

it('with rules only registries that they name', async () => {
  const rules = ['docker.io', '127.0.0.0/8', 'registry.invalid'];
  for (const one of ['web:2.1', '127.0.0.1:5000/web', 'registry.invalid/web']) await expect(tried(one, rules)).resolves.toBeUndefined();
  await expect(tried('other.invalid/web', rules)).rejects.toMatchObject(refused);
  await expect(tried('web:2.1', ['127.0.0.0/8'])).rejects.toMatchObject(refused);
});
