import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { type Observable, tap } from 'rxjs';
import type { Logger } from '#logging';
import type { EndedRequest } from './request-end.js';

/** Writes one line for each request: at `info` what clients ask, at `debug` what machines ask all the time. */
export function logRequests(logger: Logger): (ended: EndedRequest) => void {
  return ({ id, method, path, status, ms, kind, actor, taskId }) => {
    const level = kind === 'worker' || kind === 'probe' ? 'debug' : 'info';
    const line = { requestId: id, method, path, status, ms: Math.round(ms * 10) / 10 };
    const caller = actor ? { actor: actor.name, role: actor.role } : {};
    logger[level]({ ...line, ...caller, ...(taskId === null ? {} : { taskId }) }, 'request');
  };
}

/** Remembers for the log which task an answer tells of, as when it has made one. */
@Injectable()
export class TaskOfAnswer implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { locals } = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      tap((answer: { taskId?: unknown } | null | undefined) => {
        locals.taskId = answer?.taskId;
      }),
    );
  }
}
