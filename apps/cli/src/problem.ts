import { InvalidArgumentError } from 'commander';
import { RefusedError, UnreachableError } from '#client';
import { EXIT } from './exit-codes.js';
import { Failure } from './failure.js';
import { UsageError } from './usage-error.js';

/** What has gone wrong, for the person at the keyboard: what it is and what to do. */
export interface Problem {
  message: string;
  exitCode: number;
  /** What the server calls it, where it is the server that has refused. */
  code?: string;
  status?: number;
  requestId?: string;
}

/** Null for what nobody has thought of. */
export function problemOf(error: unknown): Problem | null {
  if (error instanceof UsageError || error instanceof InvalidArgumentError)
    return { message: error.message, exitCode: EXIT.usage };
  if (error instanceof Failure || isOfTheSystem(error)) return { message: error.message, exitCode: EXIT.failed };
  if (error instanceof UnreachableError)
    return { message: `the server cannot be reached: ${error.message}; try ocw doctor`, exitCode: EXIT.failed };
  if (!(error instanceof RefusedError)) return null;
  const { code, status, requestId } = error;
  return {
    message: adviceFor(error),
    exitCode: EXIT.failed,
    code,
    status,
    ...(requestId === null ? {} : { requestId }),
  };
}

/** What files and programs of this machine answer, such as that a disk is full: Node's words name the file. */
const isOfTheSystem = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;

function adviceFor({ status, code, message, requestId }: RefusedError): string {
  if (status === 401)
    return 'the server does not take this token: it is not one of its own, has expired or was revoked; ocw login keeps another';
  if (status === 403) return `${message}; ocw login with a token of a role that may, or ocw tokens add makes one`;
  if (code === 'payload_too_large') return `${message}; copy it there with ocw cp, and have the command read the file`;
  if (code === 'task_not_found') return `${message}; ocw ls lists the newest`;
  if (code === 'worker_not_found') return `${message}; ocw workers lists them`;
  return status >= 500 && requestId !== null ? `${message} (request ${requestId})` : message;
}
