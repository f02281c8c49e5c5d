import type { WorkerOutputDto } from '#contracts/dto';
import type { PrintedOutput } from '../storage/output-store.js';

export function toPrinted(
  { taskId, attempt, chunks }: WorkerOutputDto,
  reporter: PrintedOutput['reporter'],
): PrintedOutput {
  const printed = chunks.map(({ seq, stream, data, encoding }) => ({
    seq,
    stream,
    data: Buffer.from(data, encoding ?? 'utf8'),
  }));
  return { taskId, attempt, reporter, chunks: printed };
}
