// That a service is whole: its instances are ready, and of all processes that carry the home's mark none is missing, doubled or left over.
import type { House } from './house.ts';
import { markedProcesses } from './marks.ts';
import { patience, until } from './until.ts';

/** The mark of a house's home, read off a process that runs one of the service's instances. */
export async function homeIdOf(house: House, service: string): Promise<string> {
  const [first] = (await house.service(service)).instances;
  const mark = (await markedProcesses()).find((one) => one.instance === first?.id);
  if (!mark) throw new Error(`no process carries the mark of ${first?.id ?? service}`);
  return mark.home;
}

/** Instances of the home that have a living process, in order. */
async function alive(homeId: string): Promise<readonly string[]> {
  const ours = (await markedProcesses()).filter((one) => one.home === homeId);
  return [...new Set(ours.map((one) => one.instance))].toSorted();
}

/** Waits until `count` instances are ready, and exactly these have processes; returns their ids. */
export async function whole(house: House, homeId: string, service: string, count: number): Promise<readonly string[]> {
  const seen = await until(
    async () => ({ seen: await house.service(service), marks: await alive(homeId) }),
    ({ seen: { ready, instances }, marks }) => {
      const ids = instances.map((one) => one.id).toSorted();
      return ready === count && ids.length === count && JSON.stringify(ids) === JSON.stringify(marks);
    },
    2 * patience,
  );
  return seen.marks;
}
