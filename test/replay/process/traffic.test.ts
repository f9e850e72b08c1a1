// The catalogue on processes: who is served while instances come and go.
import { replaySuite } from '../suite.ts';
import { onProcesses } from './runtime.ts';

replaySuite(onProcesses, 'traffic');
