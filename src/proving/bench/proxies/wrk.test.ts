// What wrk prints, in its own words.
import { describe, expect, it } from 'vitest';
import { parseWrk } from './wrk.ts';

const printed = (more = '') => `Running 2s test @ http://127.0.0.1:1/1024
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.31ms  512.00us  12.00ms   90.00%
    Req/Sec    12.10k     1.02k   13.00k    70.00%
  Latency Distribution
     50%  950.00us
     75%    1.40ms
     90%    2.00ms
     99%    1.20s 
  24123 requests in 2.01s, 27.00MB read
${more}Requests/sec:  12001.49
Transfer/sec:     13.43MB
`;

describe('what wrk prints', () => {
  it('is read with its units', () => {
    expect(parseWrk(printed())).toEqual({ requests: 24_123, perSecond: 12_001.49, p50: expect.closeTo(0.95), p99: 1_200, failed: 0 });
  });

  it('counts every failure', () => {
    const errors = '  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 100\n';
    expect(parseWrk(printed(errors)).failed).toBe(110);
  });

  it('is refused when it is something else', () => {
    expect(() => parseWrk('wrk: command line usage')).toThrow('something else than expected');
  });
});
