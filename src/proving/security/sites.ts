// Which sites a trial may ask: the hosts of the application's own routes, and of each only what its routes lead to.
import type { SiteName } from './ground.ts';

export interface Routed {
  readonly routes: readonly { readonly host: string; readonly path: string; readonly tls: boolean }[];
}

/** A wildcard is asked by one name that it takes. */
export function sitesOf({ routes }: Routed): readonly SiteName[] {
  const hosts = [...new Set(routes.map(({ host }) => host))];
  return hosts.map((own) => {
    const mine = routes.filter(({ host }) => host === own);
    const host = own === '*' || own === '' ? 'localhost' : own.replace(/^\*\./, 'any.');
    const tls = mine.some((one) => one.tls);
    return { host, tls, mounts: [...new Set(mine.map(({ path }) => path))], name: `${tls ? 'https' : 'http'}://${host}` };
  });
}
