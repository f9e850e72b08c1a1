// Requests whose length can be read in two ways, with a second request hidden in one of them: nobody may answer the hidden one.
import type { Ground } from '../ground.ts';
import type { Outcome, Probe } from '../probe.ts';
import { judged, notMeasured } from '../probe.ts';
import { beneath } from './paths.ts';

export const smuggling: readonly Probe[] = [
  {
    id: 'smuggling.hidden',
    title: 'No request hides in another one',
    severity: 'critical',
    cwe: 444,
    remediation:
      'Refuse with 400, and close, whatever has both Content-Length and Transfer-Encoding, two lengths, or a length that is no plain number.',
    run: hide,
  },
];

interface Way {
  readonly name: string;
  readonly text: string;
}

async function hide(ground: Ground): Promise<Outcome> {
  const [mount = '/'] = ground.site.mounts;
  const { host } = ground.site;
  const two = `GET ${mount} HTTP/1.1\r\nHost: ${host}\r\n\r\nGET ${mount} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  // Told that nothing more will come, a server that waits for the rest of something ends it at once – unless it takes that for somebody who left.
  // The twin: where two plain requests on one connection do not have two answers, a hidden one would not have either.
  const ends = (await ground.raw({ pieces: [two], answers: 2, end: true })).answers.length === 2;
  const twins = ends || (await ground.raw({ pieces: [two], answers: 2 })).answers.length === 2;
  if (!twins) return notMeasured('a second request on one connection is not answered, so that a hidden one would not be seen');
  const usual = (await ground.ask({ path: mount })).status;
  const { found } = ground;
  for (const { name, text } of waysOf(host, mount, beneath(mount, ground.token()))) {
    const { answers } = await ground.raw({ pieces: [text], answers: 2, end: ends });
    const [first, second] = answers;
    // A refusal may be followed by what was left of the connection; whoever refused and went on reading took it for a request.
    if (first && second)
      found.push({ request: name, answered: `${first.status}, ${second.status}`, piece: '', because: 'the hidden request was answered' });
    const next = (await ground.ask({ path: mount })).status;
    if (next !== usual)
      found.push({
        request: name,
        answered: String(next),
        piece: '',
        because: `the next request of somebody else was answered ${next} instead of ${usual}`,
      });
  }
  return judged(found);
}

function waysOf(host: string, mount: string, secret: string): readonly Way[] {
  const hidden = `GET ${secret} HTTP/1.1\r\nHost: ${host}\r\nX: y\r\n\r\n`;
  const post = `POST ${mount} HTTP/1.1\r\nHost: ${host}\r\n`;
  const length = `Content-Length: ${hidden.length + 5}\r\n`;
  const ending = `0\r\n\r\n${hidden}`;
  const chunked = (line: string): string => `${post}${length}${line}\r\n\r\n${ending}`;
  return [
    { name: 'a length and chunks', text: chunked('Transfer-Encoding: chunked') },
    {
      name: 'chunks and a length',
      text: `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    },
    { name: 'two encodings', text: chunked('Transfer-Encoding: chunked\r\nTransfer-Encoding: x') },
    { name: 'chunks after identity', text: chunked('Transfer-Encoding: identity, chunked') },
    { name: 'a blank before the colon', text: chunked('Transfer-Encoding : chunked') },
    { name: 'a folded line', text: chunked('Transfer-Encoding:\r\n chunked') },
    { name: 'a vertical tab', text: chunked('Transfer-Encoding: \x0bchunked') },
    { name: 'a bare line feed', text: chunked('X: y\nTransfer-Encoding: chunked') },
    { name: 'two lengths', text: `${post}Content-Length: 0\r\n${length}\r\n${ending}` },
    { name: 'a length with a plus', text: `${post}Content-Length: +0\r\n\r\n${hidden}` },
    { name: 'a length in hexadecimal', text: `${post}Content-Length: 0x0\r\n\r\n${hidden}` },
    { name: 'a chunk size with a prefix', text: `${post}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n${ending}` },
    { name: 'a chunk size that ends with a bare line feed', text: `${post}Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n${ending}` },
  ];
}
