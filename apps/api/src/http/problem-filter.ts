import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from '#logging';
import type { WebPage } from '../web/web-page.js';
import { knownError } from './known-error.js';
import { ApiError, methodNotAllowed, toProblem } from './problem.js';

/** Turns whatever was thrown into the one error format, and logs what was the server's own fault. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** @param page what answers a browser that went where there is nothing */
  constructor(
    private readonly logger: Logger,
    private readonly page: WebPage | null,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const error = toApiError(thrown, request);
    if (
      error.code === 'not_found' &&
      this.page?.explain(request, response, () => this.answer(error, request, response))
    )
      return;
    this.answer(error, request, response, thrown);
  }

  private answer(error: ApiError, request: Request, response: Response, thrown?: unknown): void {
    if (error.status >= 500) {
      const { id: requestId, method, path } = request;
      // A stack says something of a bug only.
      const err = error.code === 'internal_error' ? thrown : undefined;
      this.logger.error({ err, requestId, method, path }, `request failed: ${error.message}`);
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(error.status).set(error.headers).type('application/problem+json');
    response.send(JSON.stringify(toProblem(error, request.path, request.id)));
  }
}

function toApiError(thrown: unknown, request: Request): ApiError {
  const known = knownError(thrown);
  if (known) return known;
  if (thrown instanceof HttpException && thrown.getStatus() === 404) return unrouted(request);
  // The router refuses a path that it cannot decode; every other 400 is made here.
  if (thrown instanceof HttpException && thrown.getStatus() === 400) return new ApiError('not_found', thrown.message);
  return new ApiError('internal_error');
}

interface RouterLayer {
  route?: { methods: Record<string, boolean> };
  match(path: string): boolean;
}

/** Nothing was found for the method and the path: tells whether the path takes other methods. */
function unrouted(request: Request): ApiError {
  const layers = (request.app.router as unknown as { stack: RouterLayer[] }).stack;
  const methods = layers.flatMap((layer) =>
    layer.route && layer.match(request.path) ? Object.keys(layer.route.methods) : [],
  );
  if (methods.length === 0) return new ApiError('not_found', `there is nothing at ${request.path}`);
  return methodNotAllowed(request, [...new Set(methods.map((method) => method.toUpperCase()))]);
}
