import { Controller, Get, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Registry } from 'prom-client';
import { ServerGauges } from './server-gauges.js';

@ApiTags('Health')
@ApiBearerAuth()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly registry: Registry,
    private readonly gauges: ServerGauges,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What a Prometheus server reads' })
  @ApiOkResponse({ description: 'the text format 0.0.4', content: { 'text/plain': { schema: { type: 'string' } } } })
  async read(@Res() response: Response): Promise<void> {
    await this.gauges.update();
    const text = await this.registry.metrics();
    response.setHeader('Content-Type', this.registry.contentType);
    response.end(text);
  }
}
