// The one page of the shop. What the API said is in it already; a small script in the browser keeps it up to date.

import { createHash } from 'node:crypto';

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
  table { border-collapse: collapse; width: 100% } td { border-top: 1px solid #8884; padding: .4rem 0 }
  td:last-child { text-align: right } small { color: #777 }
`;

const script = `
${[escape, productRow, orderRow].map(String).join('\n')}
const ask = async (path, options) => (await fetch('/api/' + path, options)).json();
const show = (id, html) => { const at = document.getElementById(id); if (at.innerHTML !== html) at.innerHTML = html; };
async function refresh() {
  const [{ version }, products, orders] = await Promise.all([ask('version'), ask('products'), ask('orders?newest=10')]);
  show('version', escape(version));
  show('products', products.map(productRow).join(''));
  show('orders', orders.map(orderRow).join(''));
}
document.getElementById('products').addEventListener('click', async ({ target }) => {
  if (!target.dataset.product) return;
  await ask('orders', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ product: target.dataset.product, quantity: 1 }) });
  await refresh();
});
const look = () => refresh().catch(() => undefined).finally(() => setTimeout(look, 1000));
look();
`;

/** What a browser may do with the page: run this script and this style, ask the shop itself, and nothing else. */
export const policy = [
  "default-src 'none'",
  `script-src '${digest(script)}'`,
  `style-src '${digest(style)}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function digest(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** `products` and `orders` are `undefined` when the API did not answer: the browser then asks for itself. */
export function renderPage({ products = [], orders = [], version = '…' }) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Shop</title>
<style>${style}</style>
<h1>Shop</h1>
<p><small>API version <b id="version">${escape(version)}</b></small></p>
<table id="products">${products.map(productRow).join('')}</table>
<h2>Orders</h2>
<table id="orders">${orders.map(orderRow).join('')}</table>
<script type="module">${script}</script>
</html>
`;
}

function productRow({ name, title, cents }) {
  return `<tr><td>${escape(title)}<td>${(cents / 100).toFixed(2)}<td><button data-product="${escape(name)}">order</button>`;
}

function orderRow({ id, product, quantity, shippedAt }) {
  return `<tr><td>${escape(id)}<td>${escape(quantity)} × ${escape(product)}<td>${shippedAt === null ? 'ordered' : 'shipped'}`;
}

function escape(value) {
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
