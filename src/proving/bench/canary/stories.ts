// What may happen to a canary: nothing, an outage that it shares with the old release, or a fault of its own.
import type { Behaviour, Story } from './streams.ts';
import { slowTail, usual } from './streams.ts';

const always = (behaviour: Behaviour) => () => behaviour;

export const same: Story = { name: 'the same release', baseline: always(usual), canary: always(usual) };

/** A database that both use fails a third of the requests for 20 s and slows all of them. */
const outage: Behaviour = { errors: 0.33, latency: (u) => 4 * usual.latency(u) };
const struck = (second: number) => (second > 60 && second <= 80 ? outage : usual);
export const sharedOutage: Story = { name: 'the same release, a shared outage of 20 s', baseline: struck, canary: struck };

const busy = (u: number) => 2 * usual.latency(u);
/** Rates that go up and down by a factor of five within four minutes, for both alike. */
const swinging = Array.from({ length: 240 }, (_, second): Behaviour => {
  const swing = Math.sin((2 * Math.PI * second) / 240);
  return { errors: 0.02 + 0.016 * swing, latency: swing > 0 ? usual.latency : busy };
});
const tide = (second: number) => swinging[second % swinging.length] ?? usual;
export const tides: Story = { name: 'the same release under tides', baseline: tide, canary: tide };

export const fivePoints: Story = {
  name: '5 points more errors',
  baseline: always(usual),
  canary: always({ ...usual, errors: usual.errors + 0.05 }),
};

export const twiceP99: Story = { name: 'twice the p99', baseline: always(usual), canary: always({ ...usual, latency: slowTail }) };

/** As good as the old one for two minutes, then failing. */
const failing: Behaviour = { ...usual, errors: usual.errors + 0.05 };
export const lateFault: Story = {
  name: '5 points more errors after 120 s',
  baseline: always(usual),
  canary: (second) => (second <= 120 ? usual : failing),
};

/** On the margin: neither verdict would be right. */
export const atMargin = (worseBy: number): Story => ({
  name: 'as many more errors as allowed',
  baseline: always(usual),
  canary: always({ ...usual, errors: usual.errors + worseBy * (1 - usual.errors) }),
});

export const atLatencyMargin = (worseBy: number): Story => {
  const slower = (u: number) => (1 + worseBy) * usual.latency(u);
  return { name: 'as much slower as allowed', baseline: always(usual), canary: always({ ...usual, latency: slower }) };
};
