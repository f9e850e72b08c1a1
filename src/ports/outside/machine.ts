// The socket for facts about a machine; nothing here changes one.
import type { Disk, MachineProcess, NetworkFacts } from '../../model/outside/machine.ts';

export interface Machine {
  processes(): Promise<readonly MachineProcess[]>;
  disks(): Promise<readonly Disk[]>;
  network(): Promise<NetworkFacts>;
}
