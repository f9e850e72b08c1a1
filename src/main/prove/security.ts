// `prove security`: from a wish and what is deployed to its sites, and from what the probes saw to what is told.
import { CodeError } from '../../base/errors.ts';
import { secretsIn } from '../../engine/supply/secrets/text.ts';
import type { ProbeResult } from '../../model/proving/probe.ts';
import { probes } from '../../proving/security/registry.ts';
import { reportSecurity } from '../../proving/security/report.ts';
import { sitesOf } from '../../proving/security/sites.ts';
import { proveSecurity } from '../../proving/security/trial.ts';
import type { TargetView } from '../../surfaces/cli/prove/answers.ts';
import type { SecurityWish, Trial } from '../../surfaces/cli/prove/proving.ts';
import { version } from '../version.ts';
import { doorOf } from './load.ts';

export const security: Trial<SecurityWish> = {
  kind: 'security',
  plan: (wish, target) => {
    const unknown = wish.only.find((id) => !probes.some((one) => one.id === id));
    if (unknown !== undefined)
      throw new CodeError('usage', `There is no probe "${unknown}".`, { hint: `Choose of ${probes.map(({ id }) => id).join(', ')}.` });
    const sites = sitesOf(target);
    if (sites.length === 0)
      throw new CodeError('usage', `${target.application} has no route: no request from outside reaches it.`, {
        hint: 'Add routes to a service in code.yaml, and deploy.',
      });
    return {
      profile: wish.profile,
      touches: sites.map(({ name, mounts }) =>
        `${name} (${mounts.join(', ')}): at most ${wish.mostRequests} odd requests through the gateway, among them some that write what its forms and its OpenAPI document let anybody write`.slice(
          0,
          300,
        ),
      ),
      lasts: sites.length * longest,
      seed: wish.seed,
    };
  },
  run: async (wish, { target, directory, signal, progress }) => {
    const outcome = await proveSecurity(
      {
        target: { runtime: target.runtime, sites: sitesOf(target), doors: doorsOf(target) },
        listed: wish.listed,
        mostPages: wish.mostPages,
        bounds: { patience: wish.patience, mostRequests: wish.mostRequests },
        secrets: secretsIn,
        ...(wish.only.length > 0 && { only: wish.only }),
        progress: (one) => progress(lineOf(one)),
      },
      AbortSignal.any([signal, AbortSignal.timeout(longest * sitesOf(target).length)]),
    );
    return reportSecurity({ ...outcome, ...wish.others }, { ...wish, version, directory });
  },
};

/** For one site. */
const longest = 30 * 60_000;

function lineOf({ probe, site, word, tried }: ProbeResult): string {
  return `${site} ${probe}: ${word} (${tried} requests)`;
}

function doorsOf(target: TargetView) {
  const plain = doorOf({ ...target, routes: [] }, '');
  const own = target.routes.find(({ tls }) => tls);
  const secure = own === undefined ? undefined : doorOf(target, own.host);
  return { door: { host: plain.host, port: plain.port }, ...(secure && { secureDoor: { host: secure.host, port: secure.port } }) };
}
