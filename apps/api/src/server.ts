import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { AppModule, type Parts } from './app.module.js';
import { authenticate } from './auth/authentication.js';
import { TokenRegistry } from './auth/token-registry.js';
import { TokenUses } from './auth/token-uses.js';
import { limitBodyTime } from './http/body-time.js';
import { answerBrokenRequests } from './http/broken-requests.js';
import { NestLogger } from './http/nest-logger.js';
import { ProblemFilter } from './http/problem-filter.js';
import { onRequestEnd } from './http/request-end.js';
import { requestId } from './http/request-id.js';
import { logRequests } from './http/request-log.js';
import { securityHeaders } from './http/security-headers.js';
import { JsonSchemas } from './mcp/json-schemas.js';
import { RequestMetrics } from './metrics/request-metrics.js';
import { describeApi } from './openapi.js';
import { WebPage } from './web/web-page.js';

/** The HTTP application on top of its parts, not listening yet; with the web page of `webFolder`, if that was built. */
export async function createServer(parts: Parts, webFolder?: string): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(parts), {
    bodyParser: false,
    logger: new NestLogger(parts.logger),
    abortOnError: false,
  });
  const { config } = parts;
  app.disable('x-powered-by');
  // Every answer is fresh: hashing each body for a validator nobody sends is time lost.
  app.disable('etag');
  app.set('trust proxy', config.trustProxy);
  app.use(requestId);
  const metrics = app.get(RequestMetrics);
  app.use(onRequestEnd(parts.clock, [logRequests(parts.logger), (ended) => metrics.count(ended)]));
  app.use(limitBodyTime(app.getHttpServer()));
  app.use(securityHeaders());
  const page = WebPage.in(webFolder);
  if (page) app.use(page.handler);
  const uses = app.get(TokenUses);
  app.use(authenticate(app.get(TokenRegistry), (tokenId, ip) => uses.note(tokenId, ip)));
  app.useGlobalFilters(new ProblemFilter(parts.logger, page));
  // Longer than the idle time of usual proxies and clients, so that it is not this side that closes under a request.
  app.getHttpServer().keepAliveTimeout = 75_000;
  answerBrokenRequests(app.getHttpServer());
  let description: OpenAPIObject | undefined;
  // Only when somebody first asks for it: most servers never are, and start sooner without.
  const describe = () => {
    description ??= describeApi(app);
    return description;
  };
  app.get(JsonSchemas).takeFrom(describe);
  SwaggerModule.setup('docs', app, describe, { jsonDocumentUrl: 'docs-json', raw: ['json'] });
  return app;
}
