// Whether the Engine may be sent to an image's registry: it would ask whatever address a manifest names, and its answer comes back in an error.
import { CodeError } from '../../../../base/errors.ts';
import { parseReference } from '../../../../model/container/reference.ts';
import type { Outbound } from '../../../../platform/guard/network/outbound.ts';
import { addressesOf } from '../../../../platform/guard/network/outbound.ts';

/**
 * Errors: `denied`. The Engine resolves names by itself, maybe elsewhere: one that is not known here is judged by its name alone, and so is the
 * Engine's own registry.
 */
export async function permitRegistry({ outbound }: { readonly outbound: Outbound }, reference: string): Promise<void> {
  const { registry } = parseReference(reference);
  const host = registry.replace(/:\d+$/, '');
  const found = host === 'docker.io' ? [] : await addressesOf(host);
  if (found.length === 0 && outbound.permitsName(host)) return;
  const wrong = found.find((address) => !outbound.permits(host, address));
  if (found.length > 0 && !wrong) return;
  const place = wrong === undefined || wrong === host ? host : `${host} (${wrong})`;
  throw new CodeError('denied', `${reference}: this engine may not call the registry ${place}.`, {
    hint: 'Name another registry, or let the operator add this one to calls_allowed in the settings.',
    details: { registry },
  });
}
