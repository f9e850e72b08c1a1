// Ways to hide a second request in a first that were published or found in the wild. Every one of them must be refused.

/** For a server that answers for this host. */
export function smugglingFor(host: string): readonly (readonly [string, string])[] {
  const hidden = `GET /smuggled HTTP/1.1\r\nHost: ${host}\r\nX: y\r\n\r\n`;
  const post = `POST / HTTP/1.1\r\nHost: ${host}\r\n`;
  const length = `Content-Length: ${hidden.length + 5}\r\n`;
  const ending = `0\r\n\r\n${hidden}`;
  return [
    ['CL.TE', `${post}${length}Transfer-Encoding: chunked\r\n\r\n${ending}`],
    ['TE.CL', `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`],
    ['TE.TE with a second value', `${post}${length}Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n${ending}`],
    ['TE with a value list', `${post}${length}Transfer-Encoding: chunked, identity\r\n\r\n${ending}`],
    ['TE after identity', `${post}${length}Transfer-Encoding: identity, chunked\r\n\r\n${ending}`],
    ['TE with a blank before the colon', `${post}${length}Transfer-Encoding : chunked\r\n\r\n${ending}`],
    ['TE with a tab before the colon', `${post}${length}Transfer-Encoding\t: chunked\r\n\r\n${ending}`],
    ['TE folded', `${post}${length}Transfer-Encoding:\r\n chunked\r\n\r\n${ending}`],
    ['TE on a folded line of another field', `${post}${length}X: y\r\n Transfer-Encoding: chunked\r\n\r\n${ending}`],
    ['TE with a vertical tab', `${post}${length}Transfer-Encoding: \x0bchunked\r\n\r\n${ending}`],
    ['TE with a form feed', `${post}${length}Transfer-Encoding: chunked\x0c\r\n\r\n${ending}`],
    ['TE with a NUL', `${post}${length}Transfer-Encoding: chunked\0\r\n\r\n${ending}`],
    ['TE with a no-break space', `${post}${length}Transfer-Encoding: \xa0chunked\r\n\r\n${ending}`],
    ['TE quoted', `${post}${length}Transfer-Encoding: "chunked"\r\n\r\n${ending}`],
    ['TE with a parameter', `${post}${length}Transfer-Encoding: chunked;a=b\r\n\r\n${ending}`],
    ['TE behind a bare CR', `${post}${length}X: y\rTransfer-Encoding: chunked\r\n\r\n${ending}`],
    ['TE behind a bare LF', `${post}${length}X: y\nTransfer-Encoding: chunked\r\n\r\n${ending}`],
    ['TE behind LF CR', `${post}${length}X: y\n\rTransfer-Encoding: chunked\r\n\r\n${ending}`],
    ['TE in HTTP/1.0', `POST / HTTP/1.0\r\nHost: ${host}\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${ending}`],
    ['CL twice, different', `${post}Content-Length: 0\r\n${length}\r\n${ending}`],
    ['CL twice, equal', `${post}${length}${length}\r\n${ending}`],
    ['CL as a list', `${post}Content-Length: 0, 44\r\n\r\n${hidden}`],
    ['CL with a plus', `${post}Content-Length: +0\r\n\r\n${hidden}`],
    ['CL with a minus', `${post}Content-Length: -0\r\n\r\n${hidden}`],
    ['CL with an underscore and digits', `${post}Content-Length: 0_0\r\n\r\n${hidden}`],
    ['CL in hexadecimal', `${post}Content-Length: 0x0\r\n\r\n${hidden}`],
    ['CL with a blank inside', `${post}Content-Length: 4 4\r\n\r\n${hidden}`],
    ['CL beyond 64 bits', `${post}Content-Length: 18446744073709551616\r\n\r\n${hidden}`],
    ['CL without a value', `${post}Content-Length:\r\n\r\n${hidden}`],
    ['CL with a blank before the colon', `${post}Content-Length : 44\r\n\r\n${hidden}`],
    ['a chunk size with a prefix', `${post}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n${ending}`],
    ['a chunk size with a sign', `${post}Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n${ending}`],
    ['a chunk size that wraps 64 bits', `${post}Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n${ending}`],
    ['a chunk size that ends with a bare LF', `${post}Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n${ending}`],
    ['a chunk size that ends with a bare CR', `${post}Transfer-Encoding: chunked\r\n\r\n5\rhello\r\n${ending}`],
    ['a chunk that ends without CR LF', `${post}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX${ending}`],
    ['a chunk that ends with a bare LF', `${post}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n${ending}`],
    ['a bare LF in a chunk extension', `${post}Transfer-Encoding: chunked\r\n\r\n5;\nxx\r\nhello\r\n${ending}`],
    ['a bare CR in a chunk extension', `${post}Transfer-Encoding: chunked\r\n\r\n5;a\rb\r\nhello\r\n${ending}`],
    ['a quoted line end in a chunk extension', `${post}Transfer-Encoding: chunked\r\n\r\n5;a="\r\n"\r\nhello\r\n${ending}`],
    ['a length in the trailers', `${post}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 44\r\n\r\n${hidden}`],
    ['a bare LF in the trailers', `${post}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n${hidden}`],
    ['two Hosts', `GET / HTTP/1.1\r\nHost: ${host}\r\nHost: b\r\n\r\n${hidden}`],
    ['a folded Host', `GET / HTTP/1.1\r\nHost: ${host}\r\n b\r\n\r\n${hidden}`],
    ['a Host with a comma', `GET / HTTP/1.1\r\nHost: a,b\r\n\r\n${hidden}`],
    ['an absolute target for another host', `GET http://b/ HTTP/1.1\r\nHost: ${host}\r\n\r\n${hidden}`],
    ['a request line with a bare CR', `GET / HTTP/1.1\rHost: ${host}\r\n\r\n${hidden}`],
    ['a request line with two blanks', `GET  / HTTP/1.1\r\nHost: ${host}\r\n\r\n${hidden}`],
    ['a request line with a tab', `GET\t/ HTTP/1.1\r\nHost: ${host}\r\n\r\n${hidden}`],
    ['a second request in the target', `GET / HTTP/1.1 x GET /smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n${hidden}`],
    ['HTTP/0.9', `GET /\r\n\r\n${hidden}`],
    ['the HTTP/2 preface', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden}`],
    ['CONNECT', `CONNECT a:80 HTTP/1.1\r\nHost: ${host}\r\n\r\n${hidden}`],
    ['a name with a blank', `GET / HTTP/1.1\r\nHost: ${host}\r\nX Y: z\r\n\r\n${hidden}`],
    ['a line that begins with a blank', `GET / HTTP/1.1\r\n X: y\r\nHost: ${host}\r\n\r\n${hidden}`],
    ['lines that end with LF only', `POST / HTTP/1.1\nHost: ${host}\n${length.replace('\r', '')}\n${ending}`],
  ];
}

export const smugglingCorpus = smugglingFor('a');
