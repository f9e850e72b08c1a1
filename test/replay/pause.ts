// Holding and stopping the traffic of a service, beside deployments.
import { expect, it } from 'vitest';
import { cli } from '../kit/cli.ts';
import type { Stage } from './stage.ts';

export function pauseTests(stage: () => Stage): void {
  it('R-06 a paused service holds its requests, which proceed when it resumes', async () => {
    const app = stage().app('r-06');
    await app.ship('v1');
    expect(await app.pause({ hold_ms: 600_000 })).toMatchObject({ live: true });
    const waiting = [app.get(), app.get('/big?bytes=2000000')];
    await app.asked('v1');
    expect(await Promise.race([...waiting, Promise.resolve('they wait')])).toBe('they wait');
    const { house } = stage();
    const resumed = await cli(['routes', 'resume', 'web', '--app', app.name, '--env', 'test', '--home', house.home], house.root);
    expect(resumed).toMatchObject({ code: 0, stdout: 'web is resumed.\n' });
    expect((await Promise.all(waiting)).map(({ status, body }) => [status, body.length])).toEqual([
      [200, 2],
      [200, 2_000_000],
    ]);
  });

  it('R-06 when the time to hold is over: 504', async () => {
    const app = stage().app('r-06-late');
    await app.ship('v1');
    await app.pause({ hold_ms: 100 });
    expect(await app.get()).toMatchObject({ status: 504, headers: { 'x-code-reason': 'held_too_long' } });
  });

  it('R-06 stopped while it is paused: who waits hears the message at once, and so does who comes', async () => {
    const app = stage().app('r-06-stop');
    await app.ship('v1');
    await app.pause({ hold_ms: 3_600_000 });
    const waiting = app.get();
    await app.asked('v1');
    await app.pause({ message: 'Back at nine.' });
    const expected = { status: 503, body: 'Back at nine.\n' };
    expect(await waiting).toMatchObject(expected);
    expect(await app.get()).toMatchObject(expected);
  });

  it('R-08 a pause survives deployments, can be set before the first, and ends only when somebody resumes', async () => {
    const app = stage().app('r-08');
    expect(await app.pause({ message: 'Not yet.' })).toMatchObject({ live: false });
    for (const version of ['v1', 'v2']) {
      expect(await app.ship(version)).toMatchObject({ outcome: 'succeeded' });
      expect(await app.get()).toMatchObject({ status: 503, body: 'Not yet.\n' });
    }
    expect(await app.service()).toMatchObject({ pause: { kind: 'stopped', message: 'Not yet.' } });
    await app.resume();
    expect(await app.get()).toMatchObject({ status: 200, body: 'v2' });
  });

  it('R-08 a plan made before a pause may be applied, and a pause survives the death of the daemon', async () => {
    const app = stage().app('r-08-plan');
    await app.ship('v1');
    const plan = await app.plan(app.manifest('v2'));
    await app.pause({ message: 'Hold on.' });
    expect(await app.outcome(await app.apply(plan))).toMatchObject({ outcome: 'succeeded' });
    await stage().house.crash();
    await stage().house.up();
    expect((await app.get()).status).toBe(503);
    await app.resume();
    expect((await app.get()).body).toBe('v2');
  });
}
