import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Sets the headers of helmet. They are the same for every answer, so its dozen of handlers is asked once, at the start. */
export function securityHeaders(): RequestHandler {
  const headers = new Map<string, string>();
  const response = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: (name: string) => headers.delete(name),
  };
  // Plain http is served on the loopback and behind a proxy, which is where TLS is required.
  const handle = helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
  handle({} as IncomingMessage, response as unknown as ServerResponse, (error?: unknown) => {
    if (error) throw error;
  });
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}
