// What the API answers: each route is a function from a request to { status, body, headers? }.
import { products } from './products.js';
import { version } from './version.js';

const largestBody = 16 * 1024;
const mostOrders = 1_000;

export function createRoutes({ orders, instance }) {
  const routes = {
    'GET /healthz': () => health(orders),
    'GET /api/version': () => ok({ version, instance }),
    'GET /api/products': () => ok(products),
    'GET /api/orders': ({ url }) => listOrders(orders, url.searchParams),
    'POST /api/orders': async ({ request }) => placeOrder(orders, await readBody(request)),
  };
  return async (request) => {
    const url = new URL(request.url, 'http://shop.localhost');
    const route = routes[`${request.method} ${url.pathname}`];
    if (route !== undefined) return route({ request, url });
    const id = /^\/api\/orders\/(\d{1,15})$/.exec(url.pathname)?.[1];
    if (request.method === 'GET' && id !== undefined) return findOrder(orders, Number(id));
    return problem(404, `there is no ${request.method} ${url.pathname}`);
  };
}

/** A version that calls itself broken stands for a bug that no test found: it starts, but never becomes healthy. */
function health(orders) {
  if (version.includes('broken')) return problem(503, `version ${version} is broken`);
  orders.check();
  return ok({ status: 'ok' });
}

function listOrders(orders, query) {
  const newest = wholeNumber(query.get('newest') ?? '0');
  const after = wholeNumber(query.get('after') ?? '0');
  const limit = wholeNumber(query.get('limit') ?? '100');
  if (newest === undefined || after === undefined || limit === undefined) return problem(400, 'after, limit and newest are whole numbers');
  return ok(newest > 0 ? orders.newest(Math.min(newest, mostOrders)) : orders.after(after, Math.min(limit, mostOrders)));
}

function findOrder(orders, id) {
  const order = orders.find(id);
  return order === undefined ? problem(404, `there is no order ${id}`) : ok(order);
}

function placeOrder(orders, text) {
  if (text === undefined) return problem(413, `an order has at most ${largestBody} bytes`);
  const order = parseObject(text);
  if (order === undefined) return problem(400, 'an order is a JSON object, for example {"product":"tea","quantity":1}');
  const { product, quantity = 1, reference = null } = order;
  if (!products.some(({ name }) => name === product))
    return problem(422, `product must be one of ${products.map(({ name }) => name).join(', ')}`);
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > 100) return problem(422, 'quantity must be a whole number from 1 to 100');
  if (reference !== null && !isReference(reference))
    return problem(422, 'reference is the caller’s own name for the order: 1 to 64 of A-Z a-z 0-9 . _ -');
  const placed = orders.place(product, quantity, reference);
  return { status: 201, body: placed, headers: { location: `/api/orders/${placed.id}` } };
}

const isReference = (value) => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);

/** `undefined` when it is too large; the rest of it is then left unread. */
async function readBody(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > largestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function wholeNumber(text) {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function ok(body) {
  return { status: 200, body };
}

function problem(status, detail) {
  return { status, body: { error: detail } };
}
