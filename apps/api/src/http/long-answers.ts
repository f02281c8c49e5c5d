import { Readable } from 'node:stream';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { collectGarbage, jsonPieces } from '#memory';

/** From so many characters in one of its fields on, an answer is long. */
const LONG_UNITS = 1_048_576;

/** Sends long answers piece by piece: JSON made at once takes many times its memory. */
@Injectable()
export class LongAnswers implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((answer) => (isLong(answer) ? inPieces(answer) : answer)));
  }
}

function isLong(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || answer instanceof StreamableFile) return false;
  return Object.values(answer).some((value) => typeof value === 'string' && value.length >= LONG_UNITS);
}

function inPieces(answer: unknown): StreamableFile {
  const pieces = Readable.from(jsonPieces(answer)).once('close', collectGarbage);
  return new StreamableFile(pieces, { type: 'application/json; charset=utf-8' });
}
