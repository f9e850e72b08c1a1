// What the images of a test cluster run: answers with its version and its name; its environment says how it fails. Or a task, by its words.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT, HOST, VERSION = 'none', CODE_INSTANCE = '', CRASH, LINGER, OOM, UNREADY, POD_ROOT = '' } = process.env;

const [word, what, ...rest] = process.argv.slice(2);
if (word === 'task') await task();

console.log(`${VERSION} begins`);
if (process.env.TELL !== undefined) console.log(process.env.TELL.split(' ').map(fileOf).join(' '));
if (OOM !== undefined) process.kill(process.pid, 'SIGKILL');
if (CRASH !== undefined) process.exit(Number(CRASH));

let healthy = UNREADY === undefined;
let open = 0;
let lastAsked = 0;
const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://here');
  if (pathname === '/healthz') return response.writeHead(healthy ? 200 : 503).end();
  lastAsked = performance.now();
  if (pathname === '/sicken') healthy = false;
  if (pathname === '/exit') process.exit(Number(searchParams.get('code')));
  if (pathname === '/env') return response.end(JSON.stringify(process.env));
  if (pathname === '/file') return response.end(fileOf(searchParams.get('variable')));
  open += 1;
  if (pathname === '/slow') await new Promise((resolve) => setTimeout(resolve, Number(searchParams.get('ms'))));
  response.setHeader('x-instance', CODE_INSTANCE);
  response.end(VERSION, () => {
    open -= 1;
  });
});
server.listen(Number(PORT), HOST, () => console.log(`${VERSION} listens`));
process.on('SIGTERM', () => {
  console.log(`told to end with ${open} open`);
  if (LINGER === undefined) process.exit(0);
  // As programs under Kubernetes have to: whoever routes hears of an eviction later than the pod does.
  lastAsked = performance.now();
  const leave = setInterval(() => {
    if (open > 0 || performance.now() - lastAsked <= Number(LINGER)) return;
    clearInterval(leave);
    // What was begun, or is still on its way out, ends before the process does.
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  }, 50);
});
// Whoever started it may be killed; nothing of a test is left then.
setInterval(() => process.ppid === 1 && process.exit(), 1_000).unref();

/** Its mode and its content, where a variable says that it is. */
function fileOf(variable) {
  const path = `${POD_ROOT}${process.env[variable]}`;
  return existsSync(path) ? `${(statSync(path).mode & 0o777).toString(8)} ${readFileSync(path, 'utf8')}` : 'none';
}

/** `say TEXT CODE`, `complain TEXT CODE`, `fill LENGTH`, `env NAME`, `file VARIABLE`, `wait`, `until FILE CODE`. */
async function task() {
  if (what === 'say') console.log(rest[0]);
  if (what === 'complain') console.error(rest[0]);
  if (what === 'fill') process.stdout.write('x'.repeat(Number(rest[0])));
  if (what === 'env') console.log(process.env[rest[0]]);
  if (what === 'file') console.log(fileOf(rest[0]));
  if (what === 'wait' || what === 'until') {
    process.on('SIGTERM', () => {
      console.log('told to end');
      process.exit(143);
    });
    console.log('waits');
    const file = what === 'wait' ? '/nowhere/at/all' : rest[0];
    while (!existsSync(file)) {
      if (process.ppid === 1) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  process.exitCode = Number(rest[1] ?? 0);
  // What was written may still be on its way.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit();
}
