// Takes webhooks of an OpenClaw Worker: verifies who sent them, and handles each message once.
//
//   WEBHOOK_SECRET=whsec_… node receiver.mjs
//
// PORT is where it listens on this machine, 8787 without one; put a proxy with TLS in front of it.
import { createServer } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

const { WEBHOOK_SECRET, PORT = '8787' } = process.env;
if (!WEBHOOK_SECRET) {
  console.error('WEBHOOK_SECRET is required: `ocw webhooks add` shows it, once');
  process.exit(1);
}
const webhook = new Webhook(WEBHOOK_SECRET);

/** More than the server ever sends: nobody else can fill the memory. */
const MAX_BYTES = 65_536;
/** A message is sent for a day, and again when somebody wants so. */
const KEPT_MS = 7 * 86_400_000;
/** When messages were handled, by their id; in a database they would outlast a restart. */
const handled = new Map();

/** Put here what is to happen. @param {{type: string, timestamp: string, data: Record<string, unknown>}} message */
function handle({ type, data }) {
  console.log(`${type} ${data.taskId ?? data.name ?? data.id ?? data.webhookId}`);
}

/** The bytes as they came: JSON that was parsed and written anew has another signature. Null for too many. */
async function bodyOf(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > MAX_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Answers the status: anything else than 2xx has the message sent again later, and 410 ends the webhook. */
async function receive(request) {
  if (request.method !== 'POST') return 405;
  const body = await bodyOf(request);
  if (body === null) return 413;
  const message = webhook.verify(body, request.headers);
  const id = request.headers['webhook-id'];
  if (!handled.has(id)) handle(message);
  handled.set(id, Date.now());
  for (const [old, at] of handled) if (at < Date.now() - KEPT_MS) handled.delete(old);
  return 204;
}

const server = createServer(async (request, response) => {
  const status = await receive(request).catch((error) => {
    if (error instanceof WebhookVerificationError) return 401;
    console.error(error);
    return 500;
  });
  response.writeHead(status, { Connection: 'close' }).end();
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
