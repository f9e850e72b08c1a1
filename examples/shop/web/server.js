// The shop's front end. Settings: PORT, HOST, API_URL (where the API is reached: the engine tells it, because the manifest says `needs: [api]`).
import { createServer, get } from 'node:http';
import { policy, renderPage } from './page.js';

const { PORT = '3000', HOST = '127.0.0.1', API_URL = 'http://127.0.0.1:8080' } = process.env;
const patience = 2_000;

/** JSON of the API. */
function ask(path) {
  return new Promise((resolve, reject) => {
    const call = get(`${API_URL}/api/${path}`, { signal: AbortSignal.timeout(patience) }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`${API_URL}/api/${path} answered ${response.statusCode}`));
        resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      });
    });
    call.on('error', reject);
  });
}

async function page() {
  try {
    const [{ version }, products, orders] = await Promise.all([ask('version'), ask('products'), ask('orders?newest=10')]);
    return renderPage({ version, products, orders });
  } catch (error) {
    console.error(`the API did not answer: ${error.message}`);
    return renderPage({});
  }
}

async function answer({ method, url }) {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: 'text/plain', text: 'only GET\n' };
  const { pathname } = new URL(url, 'http://shop.localhost');
  // Healthy means that this process can answer; whether the API can is the API's own probe.
  if (pathname === '/healthz') return { status: 200, type: 'text/plain', text: 'ok\n' };
  if (pathname === '/') return { status: 200, type: 'text/html', text: await page() };
  return { status: 404, type: 'text/plain', text: `there is no ${pathname}\n` };
}

let stopping = false;
const server = createServer(async (request, response) => {
  const { status, type, text } = await answer(request);
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
  response.writeHead(status, stopping ? { ...headers, connection: 'close' } : headers);
  response.end(request.method === 'HEAD' ? undefined : text);
});

server.listen(Number(PORT), HOST, () => console.log(`web listens on http://${HOST}:${server.address().port}`));

process.once('SIGTERM', () => {
  stopping = true;
  setInterval(() => server.closeIdleConnections(), 50).unref();
  server.close(() => process.exit(0));
});
