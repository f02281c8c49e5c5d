import { Injectable } from '@nestjs/common';
import { LIMITS, type TaskRecord } from '#contracts';
import type { TaskOutcomeDto } from '#contracts/dto';
import { ArtifactsService } from '../files/artifacts.service.js';
import type { Call } from '../http/call.js';
import { type Excerpt, excerpt, type Shape, share } from './excerpt.js';
import { artifactUri } from './resource-uris.js';
import { TaskText } from './task-text.js';
import type { ToolAnswer } from './tool.js';

/** How a task stands, for an agent: with no more of its output than has room in a context, and with what to do next. */
@Injectable()
export class TaskOutcomes {
  constructor(
    private readonly text: TaskText,
    private readonly artifacts: ArtifactsService,
  ) {}

  /** Throws `task_not_found`. */
  async of(id: string, call: Call, room: number = LIMITS.tools.characters.default): Promise<ToolAnswer> {
    const { record, printed } = await this.text.read(id, call);
    const [forStdout, forStderr] = share(room, printed.stdout, printed.stderr);
    const stdout = excerpt(printed.stdout, forStdout, shapeOf(record));
    const stderr = excerpt(printed.stderr, forStderr, 'head and tail');
    const artifacts = await this.artifacts.list(id);
    const uris = artifacts.map(({ name }) => artifactUri(id, name));
    const structured = toOutcome(record, stdout, stderr, uris);
    const texts = [stdout.text, stderr.text === '' ? '' : `[stderr]\n${stderr.text}`, summary(structured)];
    return {
      texts: texts.filter((text) => text !== ''),
      structured,
      failed: record.completedAt !== null && record.status !== 'completed',
    };
  }
}

/** Files are read from their beginning on, and of base64 a middle left out makes nonsense; of what runs, the end matters. */
const shapeOf = ({ type }: TaskRecord): Shape => (type === 'file-read' ? 'head' : 'head and tail');

function toOutcome(record: TaskRecord, stdout: Excerpt, stderr: Excerpt, artifacts: string[]): TaskOutcomeDto {
  const { taskId, type, status, worker, exitCode, signal, error, duration, metadata } = record;
  const { size, sha256 } = metadata;
  return {
    taskId,
    type,
    status,
    worker,
    exitCode,
    signal,
    error,
    duration,
    stdout: stdout.text,
    stderr: stderr.text,
    leftOut: { stdout: stdout.leftOut, stderr: stderr.leftOut },
    sessionId: (record as { sessionId?: string }).sessionId ?? null,
    file: typeof size === 'number' && typeof sha256 === 'string' ? { size, sha256 } : null,
    artifacts,
    next: nextStep(record, stdout, stderr),
  };
}

function nextStep(record: TaskRecord, stdout: Excerpt, stderr: Excerpt): string | null {
  const { taskId, completedAt, waitingFor } = record;
  if (completedAt === null) {
    const why = waitingFor === null ? 'It goes on' : `It waits for ${waitingFor}`;
    return `${why}. Wait for its end: task_status ${JSON.stringify({ taskId, wait: LIMITS.tools.wait })}`;
  }
  const [stream, { from }] = stdout.leftOut > 0 ? ['stdout', stdout] : ['stderr', stderr];
  if (stdout.leftOut + stderr.leftOut === 0) return null;
  return `Read what is left out: task_output ${JSON.stringify({ taskId, stream, offset: from })}`;
}

/** One line of what a person would look for first. */
function summary(outcome: TaskOutcomeDto): string {
  const { taskId, type, status, exitCode, signal, error, duration, worker, sessionId, file, artifacts, next } = outcome;
  const facts = [
    `${type} task ${taskId}: ${status}`,
    exitCode === null ? null : `exit code ${exitCode}`,
    signal === null ? null : `ended by ${signal}`,
    error,
    duration === null ? null : `${duration} ms`,
    worker === null ? null : `on ${worker}`,
    file === null ? null : `${file.size} bytes, SHA-256 ${file.sha256}`,
    artifacts.length === 0 ? null : `left ${artifacts.join(' ')}`,
    sessionId === null ? null : `sessionId ${sessionId} continues the conversation`,
  ];
  return [facts.filter((fact) => fact !== null).join('; '), next].filter((line) => line !== null).join('\n');
}
