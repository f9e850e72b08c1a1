// What a request head may look like, and every way in which it must not.
import { expect, test } from 'vitest';
import { HttpFault } from './fault.ts';
import { headEnd } from './fields.ts';
import { parseRequestHead } from './request.ts';

function parse(text: string) {
  const bytes = Buffer.from(text, 'latin1');
  const end = headEnd(bytes, 0);
  if (end === -1) throw new Error('the head is not complete');
  return parseRequestHead(bytes, 0, end);
}

function faultOf(text: string): string {
  try {
    parse(text);
    return 'accepted';
  } catch (thrown) {
    return thrown instanceof HttpFault ? `${thrown.status} ${thrown.reason}` : String(thrown);
  }
}

test('reads method, path, host, framing and the fields that go on', () => {
  const head = parse(
    'POST /a?b=c HTTP/1.1\r\nHost: Shop.Localhost:80\r\nContent-Length: 5\r\nAccept: */*\r\nX-Request-Id: r1\r\ncookie:a=b\r\n\r\n',
  );
  expect(head).toMatchObject({
    method: 'POST',
    path: '/a?b=c',
    host: 'Shop.Localhost:80',
    length: 5,
    chunked: false,
    keepAlive: true,
    requestId: 'r1',
  });
  expect(head.fields).toBe('Accept: */*\r\ncookie:a=b\r\n');
});

test('drops the fields of this hop, those that Connection names, and what only a proxy may say', () => {
  const head = parse(
    'GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nConnection: close, X-Secret\r\nX-Secret: s\r\nKeep-Alive: timeout=1\r\nTE: trailers\r\n' +
      'X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_Proto: https\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nB: 2\r\n\r\n',
  );
  expect(head.fields).toBe('A: 1\r\nB: 2\r\n');
  expect(head.keepAlive).toBe(false);
});

test('a name that only a careless server reads as framing is dropped, not obeyed', () => {
  const head = parse('POST / HTTP/1.1\r\nHost: h\r\nTransfer_Encoding: chunked\r\nContent_Length: 5\r\nA_B: c\r\n\r\n');
  expect(head).toMatchObject({ chunked: false, length: -1, fields: 'A_B: c\r\n' });
});

test('keeps an upgrade only where it means one thing', () => {
  const upgrade = (more: string) => parse(`GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\n${more}\r\n`).upgrade;
  expect(upgrade('Upgrade: websocket\r\n')).toBe('websocket');
  expect(upgrade('Upgrade: h2c\r\nHTTP2-Settings: x\r\n')).toBe('');
  expect(upgrade('Upgrade: websocket\r\nContent-Length: 3\r\n')).toBe('');
  expect(parse('GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n').upgrade).toBe('');
});

test('HTTP/1.0 needs no Host and closes unless it asks to stay', () => {
  expect(parse('GET / HTTP/1.0\r\n\r\n')).toMatchObject({ minor: 0, host: '', keepAlive: false });
  expect(parse('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n').keepAlive).toBe(true);
});

test('an absolute target is taken apart, and must agree with Host', () => {
  expect(parse('GET http://h/p?q HTTP/1.1\r\nHost: H\r\n\r\n').path).toBe('/p?q');
  expect(faultOf('GET http://other/p HTTP/1.1\r\nHost: h\r\n\r\n')).toBe('400 host_mismatch');
});

test('an invalid request id is not passed on', () => {
  expect(parse('GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: a b\r\n\r\n').requestId).toBe('');
});

const head = 'GET / HTTP/1.1\r\nHost: h\r\n';
test.each([
  ['a bare LF between lines', 'GET / HTTP/1.1\nHost: h\r\n\r\n', '400 bad_request_line'],
  ['a bare LF in a value', `${head}A: b\nC: d\r\n\r\n`, '400 bad_header_value'],
  ['a bare CR in a value', `${head}A: b\rC: d\r\n\r\n`, '400 bad_header_value'],
  ['a folded line', `${head}A: b\r\n c\r\n\r\n`, '400 bad_header_name'],
  ['a blank before the colon', `${head}Content-Length : 3\r\n\r\n`, '400 bad_header_name'],
  ['a blank before the first field', 'GET / HTTP/1.1\r\n Host: h\r\n\r\n', '400 bad_header_name'],
  ['a line without colon', `${head}oops\r\n\r\n`, '400 bad_header_name'],
  ['an empty name', `${head}: v\r\n\r\n`, '400 bad_header_name'],
  ['a NUL in a value', `${head}A: b\0\r\n\r\n`, '400 bad_header_value'],
  ['a control in a value', `${head}A: b\x01\r\n\r\n`, '400 bad_header_value'],
  ['a DEL in a value', `${head}A: b\x7f\r\n\r\n`, '400 bad_header_value'],
  ['no Host', 'GET / HTTP/1.1\r\nA: b\r\n\r\n', '400 missing_host'],
  ['two Hosts', `${head}Host: h\r\n\r\n`, '400 duplicate_host'],
  ['a Host list', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n', '400 bad_host'],
  ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', '400 bad_host'],
  ['a Host with a user', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', '400 bad_host'],
  ['two equal lengths', `${head}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`, '400 duplicate_content_length'],
  ['a length list', `${head}Content-Length: 1, 1\r\n\r\n`, '400 bad_content_length'],
  ['a signed length', `${head}Content-Length: +1\r\n\r\n`, '400 bad_content_length'],
  ['an empty length', `${head}Content-Length:\r\n\r\n`, '400 bad_content_length'],
  ['a hexadecimal length', `${head}Content-Length: 0x1\r\n\r\n`, '400 bad_content_length'],
  ['a length beyond counting', `${head}Content-Length: 9999999999999999\r\n\r\n`, '400 bad_content_length'],
  ['TE and CL', `${head}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n`, '400 ambiguous_length'],
  ['CL and TE', `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`, '400 ambiguous_length'],
  ['TE twice', `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, '400 bad_transfer_encoding'],
  ['TE identity', `${head}Transfer-Encoding: identity\r\n\r\n`, '400 bad_transfer_encoding'],
  ['TE gzip, chunked', `${head}Transfer-Encoding: gzip, chunked\r\n\r\n`, '400 bad_transfer_encoding'],
  ['TE xchunked', `${head}Transfer-Encoding: xchunked\r\n\r\n`, '400 bad_transfer_encoding'],
  ['TE with a tab inside', `${head}Transfer-Encoding: chun\tked\r\n\r\n`, '400 bad_transfer_encoding'],
  ['TE in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n', '400 bad_transfer_encoding'],
  ['an unknown expectation', `${head}Expect: 200-ok\r\n\r\n`, '417 unknown_expectation'],
  ['CONNECT', 'CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n', '405 method_refused'],
  ['TRACE', 'TRACE / HTTP/1.1\r\nHost: h\r\n\r\n', '405 method_refused'],
  ['an unknown method', 'BREW / HTTP/1.1\r\nHost: h\r\n\r\n', '501 unknown_method'],
  ['a small method', 'get / HTTP/1.1\r\nHost: h\r\n\r\n', '501 unknown_method'],
  ['a method that is no token', 'G(T / HTTP/1.1\r\nHost: h\r\n\r\n', '400 bad_request_line'],
  ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: h\r\n\r\n', '505 bad_version'],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: h\r\n\r\n', '505 bad_version'],
  ['a small version', 'GET / http/1.1\r\nHost: h\r\n\r\n', '400 bad_version'],
  ['no version', 'GET /\r\nHost: h\r\n\r\n', '400 bad_request_line'],
  ['a blank in the target', 'GET /a b HTTP/1.1\r\nHost: h\r\n\r\n', '400 bad_target'],
  ['two blanks', 'GET  / HTTP/1.1\r\nHost: h\r\n\r\n', '400 bad_target'],
  ['a fragment', 'GET /#a HTTP/1.1\r\nHost: h\r\n\r\n', '400 bad_target'],
  ['a byte above ASCII in the target', 'GET /\xe4 HTTP/1.1\r\nHost: h\r\n\r\n', '400 bad_target'],
  ['a target without a slash', 'GET a HTTP/1.1\r\nHost: h\r\n\r\n', '400 bad_target'],
  ['a star for GET', 'GET * HTTP/1.1\r\nHost: h\r\n\r\n', '400 bad_target'],
  ['https in the target', 'GET https://h/ HTTP/1.1\r\nHost: h\r\n\r\n', '400 bad_target'],
  ['129 fields', `${head}${'A: b\r\n'.repeat(128)}\r\n`, '431 too_many_headers'],
])('refuses %s', (_, text, fault) => {
  expect(faultOf(text)).toBe(fault);
});

test('a bare LF is refused while the head is still incomplete', () => {
  expect(() => headEnd(Buffer.from('GET / HTTP/1.1\nHost: h\n\n'), 0)).toThrow(/bare LF/);
  expect(headEnd(Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n'), 0)).toBe(-1);
});
