// Who is found, and where: endpoints follow probes, and what a service is told of those it needs stays true over their releases.
import { expect, it } from 'vitest';
import { cli } from '../kit/cli.ts';
import { get } from '../kit/http.ts';
import { until } from '../kit/until.ts';
import type { App, Stage } from './stage.ts';

interface Listing {
  readonly services: readonly { readonly service: string; readonly name: string; readonly url: string }[];
  readonly endpoints: readonly { readonly service: string; readonly instance: string; readonly release: string; readonly share: number }[];
}

export function discoveryTests(stage: () => Stage): void {
  const listing = (app: App) => stage().house.call<Listing>('endpoints.list', app.scope, 'GET');
  const found = async (app: App) => (await listing(app)).endpoints.map((one) => one.instance).sort();

  it('O-13 an instance whose probe fails is not found any more, and found again once it passes; the others take its part', async () => {
    let sick = '';
    const app = stage().app('o-13', { health: ({ instance }) => (instance === sick ? 500 : 200) });
    await app.ship('v1', { replicas: 2 });
    const both = await until(
      () => found(app),
      (all) => all.length === 2,
    );
    [sick = ''] = both;
    expect(
      await until(
        () => found(app),
        (all) => all.length === 1,
      ),
    ).toEqual(both.slice(1));
    expect((await listing(app)).endpoints.map((one) => one.share)).toEqual([1]);
    const answered = await Promise.all(Array.from({ length: 10 }, () => app.get()));
    expect(new Set(answered.map((one) => one.headers['x-instance']))).toEqual(new Set(both.slice(1)));
    sick = '';
    expect(
      await until(
        () => found(app),
        (all) => all.length === 2,
      ),
    ).toEqual(both);
  });

  it('O-13 what is deployed is found, what is replaced or removed is not, without anybody registering it', async () => {
    const app = stage().app('o-13-life');
    await app.ship('v1');
    const first = await found(app);
    expect(first).toHaveLength(1);
    await app.ship('v2');
    const second = await until(
      () => found(app),
      (all) => all.length === 1 && all[0] !== first[0],
    );
    expect(second).not.toEqual(first);
    await app.change('remove_plan');
    expect(await found(app)).toEqual([]);
  });

  it('O-13 a service is told where those are that it needs, and the address leads to whatever release of them is live', async () => {
    const app = stage().app('o-13-needs');
    const services = { api: { routes: [] }, web: { needs: ['api'] } };
    await app.ship('v1', {}, services);
    const url = (await app.get('/env?name=API_URL')).body;
    const known = (await listing(app)).services.find((one) => one.service === 'api');
    const { hostname, port } = new URL(url);
    expect(known?.name).toBe('api.test.o-13-needs.internal');
    expect(stage().runtime.callsBy === 'name' ? hostname : url).toBe(stage().runtime.callsBy === 'name' ? known?.name : known?.url);
    const shown = await cli(['endpoints', 'api', '--app', app.name, '--home', stage().house.home], stage().house.root);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining(known?.url ?? 'a URL') });
    expect([(await app.get('/env?name=API_HOST')).body, (await app.get('/env?name=API_PORT')).body]).toEqual([hostname, port]);
    const ask = async (host: string) => (await get({ host, port: stage().gateway.port, path: '/' })).body;
    const reached = async () => (await app.get(`/reach?url=${encodeURIComponent(url)}`)).body;
    expect([await reached(), await ask('api.test.o-13-needs.internal')]).toEqual(['v1', 'v1']);
    await app.ship('v2', {}, services);
    expect([await reached(), (await app.get('/env?name=API_URL')).body]).toEqual(['v2', url]);
  });
}
