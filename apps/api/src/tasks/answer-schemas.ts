import { getSchemaPath } from '@nestjs/swagger';
import { ClaudeSubmittedDto, SubmittedDto, TaskRecordDto } from '#contracts/dto';

type Dto = new () => object;

export const oneOf = (...types: Dto[]) => ({ oneOf: types.map((type) => ({ $ref: getSchemaPath(type) })) });

/** A record carries the submitted fields of its type, with the names alone of `env`. */
export const RECORD = {
  allOf: [
    { $ref: getSchemaPath(TaskRecordDto) },
    { type: 'object', additionalProperties: true, description: 'the submitted fields of its type; `env` as names' },
  ],
};

const takenOrRecord = (taken: Dto) => ({ oneOf: [{ $ref: getSchemaPath(taken) }, RECORD] });

/** What a call answers that makes a task: that it was taken, or with `wait` its record. */
export const SUBMITTED_OR_RECORD = takenOrRecord(SubmittedDto);
export const CLAUDE_SUBMITTED_OR_RECORD = takenOrRecord(ClaudeSubmittedDto);
