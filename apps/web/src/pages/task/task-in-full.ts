import type { TaskRecord } from '#contracts';
import type { ShownInput } from '../../submission/draft-of-task.js';

/** A task with its output and the fields that were submitted. */
export type TaskInFull = TaskRecord & ShownInput;
