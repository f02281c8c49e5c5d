import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import type { ErrorCode } from '#contracts';
import { BodyError } from '../http/problem.js';

/** Of JSON-RPC 2.0, section 5.1: it could not be read; it is no request; and one of the server's own. */
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const SERVER_ERROR = -32_000;

const CODES: Partial<Record<ErrorCode, number>> = {
  malformed_json: PARSE_ERROR,
  invalid_encoding: PARSE_ERROR,
  bad_request: INVALID_REQUEST,
};

/** What is wrong with a body is told as JSON-RPC has it: with the body begins what is MCP's. */
@Catch(BodyError)
export class BodyErrors implements ExceptionFilter<BodyError> {
  catch({ status, code, message, headers }: BodyError, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const error = { code: CODES[code] ?? SERVER_ERROR, message };
    response.status(status).set(headers).json({ jsonrpc: '2.0', id: null, error });
  }
}
