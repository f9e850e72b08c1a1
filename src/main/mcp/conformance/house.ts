// An engine in a directory of its own, in which nothing is ever deployed: nothing of it is started.
import type { Logger } from 'pino';
import { systemClock } from '../../../base/clock.ts';
import { Redactor } from '../../../base/redactor.ts';
import type { Dispatcher } from '../../../operations/dispatch.ts';
import { stores } from '../../adapters.ts';
import { compose } from '../../compose.ts';
import { homeAt } from '../../home.ts';
import { holdLease } from '../../lease.ts';
import { loadSettings } from '../../settings.ts';

export interface EmptyHouse {
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
}

export async function openEmptyHouse(directory: string, log: Logger): Promise<EmptyHouse> {
  const home = homeAt(directory, {});
  const settings = loadSettings(home.settings, {}, {});
  const store = await stores.sqlite({ file: home.database });
  const lease = await holdLease(store, systemClock, `conformance:${process.pid}`, true, () => undefined);
  const parts = { home, settings, store, lease, log, redactor: new Redactor(), secretsKey: undefined, exit: () => undefined };
  const house = await compose(parts);
  return {
    dispatcher: house.dispatcher,
    close: async () => {
      await house.stop();
      await lease.release();
      await store.close();
    },
  };
}
