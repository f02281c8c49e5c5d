import { tagSql } from './full-text.js';

/** Rows that are found by words and by tags, in the order of a key that only grows. */
export interface SearchSource {
  index: 'task_search' | 'audit_search';
  table: string;
  key: string;
  text: string;
  tags: string;
}

/** Tags are of what a row is filtered by and never changes: two frequent values are brought together by the index. */
export const TASKS: SearchSource = {
  index: 'task_search',
  table: 'task_inputs JOIN tasks ON seq = task_seq',
  key: 'task_seq',
  text: `concat_ws(' ', json_extract(shown, '$.command'), json_extract(shown, '$.path'), json_extract(shown, '$.cwd'), json_extract(shown, '$.prompt'))`,
  tags: tagSql('t', 'type'),
};

export const AUDIT: SearchSource = {
  index: 'audit_search',
  table: 'audit_entries',
  key: 'seq',
  text: `concat_ws(' ', action, actor_name, target, ip, detail)`,
  tags: `concat_ws(' ', ${[tagSql('a', 'action'), tagSql('i', 'actor_id'), tagSql('n', 'actor_name'), tagSql('o', 'outcome')]})`,
};
