// Safeguards of containers that a manifest takes away: told with every plan, so that nobody agrees to them unknowingly.
import { beyondContainer, isNumber, userParts } from '../model/container/rights.ts';
import type { ApplicationSpec, ServiceSpec } from '../model/service.ts';

export function loosenedParts({ services }: Pick<ApplicationSpec, 'services'>): readonly string[] {
  return services.flatMap(loosenedBy);
}

function loosenedBy({ name, container = {} }: ServiceSpec): readonly string[] {
  const { user, writable, capabilities = [], new_privileges } = container;
  const beyond = beyondContainer(capabilities);
  const at = `services.${name}.container`;
  return [
    ...(user === undefined ? [] : loosenedByUser(user).map((said) => `${at}.user: ${said}`)),
    ...(writable === true ? [`${at}.writable: its own files can be changed while it runs`] : []),
    ...(capabilities.length > 0 ? [`${at}.capabilities: it has ${capabilities.join(', ')} of root's rights`] : []),
    ...(beyond.length > 0 ? [`${at}.capabilities: with ${beyond.join(', ')} it can become root of the machine that it runs on`] : []),
    ...(new_privileges === true ? [`${at}.new_privileges: it may gain rights by setuid programs`] : []),
  ];
}

function loosenedByUser(text: string): readonly string[] {
  const { user = '0', group } = userParts(text);
  if (user === '0') return ['it runs as root'];
  return [
    ...(isNumber(user) ? [] : [`it runs as ${user}, which is root where the image says so; a number cannot be`]),
    ...(group === '0' ? ["it is in root's group"] : []),
  ];
}
