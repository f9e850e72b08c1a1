// What runs in the containers of tests on Docker and Swarm: answers at once, slowly, or not again; and says what it is told and what it may do.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT = '8080', VERSION = 'none', STUBBORN, LISTEN = PORT, CODE_INSTANCE = '' } = process.env;

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
      .filter((line) => /^(CapEff|CapBnd|NoNewPrivs)/.test(line)),
  }),
  '/env': () => process.env,
  '/hosts': () => readFileSync('/etc/hosts', 'utf8'),
  '/keep': (query) => attempt(() => writeFileSync('/data/kept', query.get('text'))),
  '/kept': () => attempt(() => readFileSync('/data/kept', 'utf8')),
  '/secrets': () =>
    readdirSync('/run/secrets').map((name) => {
      const { mode, uid } = statSync(`/run/secrets/${name}`);
      return [name, (mode & 0o777).toString(8), uid, readFileSync(`/run/secrets/${name}`, 'utf8')];
    }),
  '/tell': () => {
    for (const name of readdirSync('/run/secrets')) console.log('told', readFileSync(`/run/secrets/${name}`, 'utf8'));
  },
  '/mkdir': () => attempt(() => mkdirSync('/data/more')),
};

process.on('SIGTERM', () => {
  console.log('told to end');
  if (STUBBORN === undefined) process.exit(0);
});

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://here');
  response.setHeader('x-instance', CODE_INSTANCE);
  response.setHeader('x-version', VERSION);
  if (pathname === '/exit') process.exit(Number(searchParams.get('code')));
  if (pathname === '/ask') {
    const answered = await fetch(searchParams.get('url'), { signal: AbortSignal.timeout(60_000) }).catch((error) => error);
    response.end(answered.status === undefined ? `broken: ${answered.cause?.code ?? answered.name}` : await answered.text());
  } else if (pathname === '/slow') {
    response.write(`${VERSION} `);
    setTimeout(() => response.end('to the end'), Number(searchParams.get('ms')));
  } else if (routes[pathname]) response.end(JSON.stringify(routes[pathname](searchParams)));
  else response.end(VERSION);
}).listen(Number(LISTEN), () => console.log(`${VERSION} listens on ${LISTEN}`));
