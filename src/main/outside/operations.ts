// Which operations this engine has: those of other servers' tools only where the settings attach any, so that nobody pays for reading about them otherwise.
import { catalogue } from '../../operations/catalogue.ts';
import { upstreamOperations } from '../../operations/groups/outside/upstream.ts';
import type { Operation } from '../../operations/operation.ts';
import type { OutsideSettings } from './settings.ts';

export function operationsFor({ upstreams = [] }: Partial<Pick<OutsideSettings, 'upstreams'>>): readonly Operation[] {
  return upstreams.length === 0 ? catalogue : [...catalogue, ...upstreamOperations];
}
