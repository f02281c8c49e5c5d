import type { Submission } from '#client';
import type { FieldError } from '#contracts';
import { type Draft, type Span, TIME_UNITS } from './draft.js';

/** What is wrong with a draft before it is sent; the server checks all else. */
export class DraftError extends Error {
  constructor(readonly fields: readonly FieldError[]) {
    super('The task has not been sent yet.');
  }
}

/** The kinds of task whose processes take variables, a working folder and files to keep. */
export const runsProcess = ({ type }: Pick<Draft, 'type'>): boolean => type === 'command' || type === 'claude-cli';

/**
 * The body that asks for the task of a draft; what was left empty is left out.
 * @param upload id of a file sent ahead, in the place of what the draft has for content
 * @throws {DraftError} naming the fields that cannot be sent
 */
export function submissionOf(draft: Draft, upload = textOf(draft.upload)): Submission {
  const body = { type: draft.type, ...inputOf(draft, upload), ...termsOf(draft) };
  const given = Object.entries(body).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as Submission;
}

function inputOf(draft: Draft, upload: string | undefined): Record<string, unknown> {
  const { path } = draft;
  const ifMatch = textOf(draft.ifMatch);
  switch (draft.type) {
    case 'command':
      return {
        command: draft.command,
        ...processOf(draft),
        stdin: draft.stdin === '' ? undefined : draft.stdin,
        stdinEncoding: draft.stdin !== '' && draft.stdinEncoding === 'base64' ? 'base64' : undefined,
      };
    case 'claude-cli':
      return {
        prompt: draft.prompt,
        ...processOf(draft),
        sessionId: textOf(draft.sessionId),
        model: textOf(draft.model),
      };
    case 'file-read':
      return { path, encoding: draft.encoding === 'base64' ? 'base64' : undefined };
    case 'file-write':
      return {
        path,
        ...(upload === undefined
          ? { content: draft.content, encoding: draft.encoding === 'base64' ? 'base64' : undefined }
          : { upload }),
        mode: textOf(draft.mode),
        ifMatch,
      };
    case 'file-edit': {
      const { oldString, newString, replaceAll } = draft;
      return { path, oldString, newString, replaceAll: replaceAll || undefined, ifMatch };
    }
    case 'file-list':
      return { path };
  }
}

function processOf(draft: Draft): Record<string, unknown> {
  const variables = draft.env.filter(({ name, value }) => name !== '' || value !== '');
  return {
    cwd: textOf(draft.cwd),
    env: variables.length === 0 ? undefined : Object.fromEntries(variables.map(({ name, value }) => [name, value])),
    idleTimeout: millisecondsOf(draft.idleTimeout),
    artifacts: listOf(draft.artifacts, '\n'),
  };
}

function termsOf(draft: Draft): Record<string, unknown> {
  const maxAttempts = numberOf(draft.maxAttempts);
  const retries = maxAttempts !== undefined && maxAttempts > 1;
  return {
    worker: textOf(draft.worker),
    tags: listOf(draft.tags, ','),
    timeout: millisecondsOf(draft.timeout),
    expiresIn: millisecondsOf(draft.expiresIn),
    delay: draft.start === 'delay' ? millisecondsOf(draft.delay) : undefined,
    runAt: draft.start === 'at' ? instantOf(draft.runAt) : undefined,
    priority: numberOf(draft.priority),
    maxAttempts,
    retryOn: retries ? draft.retryOn : undefined,
    retryDelay: retries ? millisecondsOf(draft.retryDelay) : undefined,
    metadata: metadataOf(draft.metadata),
    webhook: textOf(draft.webhook),
  };
}

const textOf = (text: string) => (text.trim() === '' ? undefined : text.trim());

const numberOf = (text: string) => (text.trim() === '' ? undefined : Number(text));

function millisecondsOf({ amount, unit }: Span): number | undefined {
  const number = numberOf(amount);
  return number === undefined ? undefined : Math.round(number * TIME_UNITS[unit]);
}

function listOf(text: string, separator: string): string[] | undefined {
  const items = text.split(separator).map((item) => item.trim());
  const named = items.filter((item) => item !== '');
  return named.length === 0 ? undefined : named;
}

function instantOf(text: string): number {
  const at = new Date(text).getTime();
  if (Number.isNaN(at)) throw new DraftError([{ field: 'runAt', message: 'Choose a date and a time.' }]);
  return at;
}

function metadataOf(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = `This is not JSON: ${(error as Error).message}. Write an object such as {"ticket": "A-1"}.`;
    throw new DraftError([{ field: 'metadata', message }]);
  }
}
