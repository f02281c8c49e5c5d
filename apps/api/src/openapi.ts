import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ProblemDto } from '#contracts/dto';
import { VERSION } from '#version';

/** The OpenAPI document of the routes that `app` has. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const head = new DocumentBuilder()
    .setTitle('OpenClaw Worker')
    .setDescription('Run commands on your own machine from anywhere. Errors are application/problem+json.')
    .setVersion(VERSION)
    .addBearerAuth()
    .addGlobalResponse({
      status: 'default',
      description: 'An error',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } } },
    })
    .build();
  return SwaggerModule.createDocument(app, head, {
    extraModels: [ProblemDto],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
}
