// What runs in the Swarm of these tests: answers at once, slowly, or not again; and says what it is told and what it may do.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT = '8080', VERSION = 'none', CODE_INSTANCE = '' } = process.env;

const attempt = (work) => {
  try {
    return work() ?? true;
  } catch (error) {
    return error.code;
  }
};

const routes = {
  '/rights': () => ({
    user: [process.getuid(), process.getgid()],
    root: attempt(() => writeFileSync('/app/written', 'x')),
    tmp: attempt(() => writeFileSync('/tmp/written', 'x')),
    status: readFileSync('/proc/self/status', 'utf8')
      .split('\n')
      .filter((line) => /^(CapEff|CapBnd)/.test(line)),
  }),
  '/env': () => process.env,
  '/hosts': () => readFileSync('/etc/hosts', 'utf8'),
};

process.on('SIGTERM', () => {
  console.log('told to end');
  process.exit(0);
});

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://here');
  response.setHeader('x-instance', CODE_INSTANCE);
  response.setHeader('x-version', VERSION);
  if (pathname === '/exit') process.exit(Number(searchParams.get('code')));
  if (pathname === '/slow') {
    response.write(`${VERSION} `);
    setTimeout(() => response.end('to the end'), Number(searchParams.get('ms')));
  } else if (routes[pathname]) response.end(JSON.stringify(routes[pathname]()));
  else response.end(VERSION);
}).listen(Number(PORT), () => console.log(`${VERSION} listens on ${PORT}`));
