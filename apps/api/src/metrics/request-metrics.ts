import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import type { EndedRequest } from '../http/request-end.js';

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** How many requests there are, and how long they take. */
@Injectable()
export class RequestMetrics {
  private readonly total: Counter<'route' | 'method' | 'status'>;
  private readonly seconds: Histogram<'class'>;

  constructor(registry: Registry) {
    this.total = new Counter({
      name: 'openclaw_http_requests_total',
      help: 'Requests by route, method and status; 499: the caller left first',
      labelNames: ['route', 'method', 'status'],
      registers: [registry],
    });
    this.seconds = new Histogram({
      name: 'openclaw_http_request_seconds',
      help: 'How long requests took; those that asked to be held are the class held',
      labelNames: ['class'],
      buckets: BUCKETS,
      registers: [registry],
    });
  }

  count({ route, method, status, kind, held, ms }: EndedRequest): void {
    this.total.inc({ route, method, status });
    // How long a caller chose to wait says nothing of how fast the server is.
    this.seconds.observe({ class: held ? 'held' : kind }, ms / 1000);
  }
}
