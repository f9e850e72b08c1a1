// The catalogue on processes: sizes, restarts, jobs, and whoever crosses another.
import { replaySuite } from '../suite.ts';
import { onProcesses } from './runtime.ts';

replaySuite(onProcesses, 'operations');
