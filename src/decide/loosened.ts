// Safeguards of containers that a manifest takes away: told with every plan, so that nobody agrees to them unknowingly.
import type { ApplicationSpec, ServiceSpec } from '../model/service.ts';

export function loosenedParts({ services }: Pick<ApplicationSpec, 'services'>): readonly string[] {
  return services.flatMap(loosenedBy);
}

function loosenedBy({ name, container = {} }: ServiceSpec): readonly string[] {
  const { user, writable, capabilities = [], new_privileges } = container;
  const at = `services.${name}.container`;
  return [
    ...(user !== undefined && /^(?:root|0)(?::|$)/.test(user) ? [`${at}.user: it runs as root`] : []),
    ...(writable === true ? [`${at}.writable: its own files can be changed while it runs`] : []),
    ...(capabilities.length > 0 ? [`${at}.capabilities: it has ${capabilities.join(', ')} of root's rights`] : []),
    ...(new_privileges === true ? [`${at}.new_privileges: it may gain rights by setuid programs`] : []),
  ];
}
