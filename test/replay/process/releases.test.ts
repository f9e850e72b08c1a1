// The catalogue on processes: what a new release must show, and what becomes of one that fails.
import { replaySuite } from '../suite.ts';
import { onProcesses } from './runtime.ts';

replaySuite(onProcesses, 'releases');
