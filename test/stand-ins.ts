import { type Checkout, createCheckout, installByHand } from './checkout.js';

/** Ready at once; counts who calls at /stand-in/worker; ends with 3 when told at /stand-in/die. */
export const API = `
import { createServer } from 'node:http';
let workers = 0;
const log = (msg: string) => console.log(JSON.stringify({ level: 30, time: Date.now(), pid: 1, hostname: 'here', msg }));
createServer((request, response) => {
  if (request.url === '/stand-in/worker') workers += 1;
  if (request.url === '/stand-in/die') process.exit(3);
  response.end(JSON.stringify({ workers }));
}).listen(Number(process.env.WORKER_PORT), '127.0.0.1', () => log('listening'));
process.on('SIGTERM', () => {
  log('asked to end');
  process.exit(0);
});
process.on('disconnect', () => process.exit(0));
`;

export const WORKER_CALLS = `
await fetch(process.env.WORKER_URL + '/stand-in/worker');
setInterval(() => undefined, 60_000);
process.on('disconnect', () => process.exit(0));
`;

export const WORKER = `
process.on('SIGTERM', () => {
  console.log('asked to end');
  process.exit(0);
});
${WORKER_CALLS}`;

/** A checkout whose two programs are these, still to be built. */
export function checkoutOf(api: string, worker: string): Checkout {
  const checkout = createCheckout();
  installByHand(checkout);
  checkout.write('apps/api/src/main.ts', api);
  checkout.write('apps/worker/src/main.ts', worker);
  return checkout;
}
