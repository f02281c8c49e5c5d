import type { Submission } from '#client';
import type { Draft } from './draft.js';
import { submissionOf } from './submission.js';

/** What stands for a value that only the server knows. */
const UNKNOWN = '…';

/** What asks for the task of a draft from a terminal. The token is the reader's own business. */
export function curlLine(draft: Draft, url: string): string {
  const body = JSON.stringify(withoutValues(draft));
  return [
    `curl ${quoted(`${url}/tasks`)}`,
    '-H "Authorization: Bearer $TOKEN"',
    "-H 'Content-Type: application/json'",
    `-d ${quoted(body)}`,
  ].join(' \\\n  ');
}

/** The same with `ocw`, for the kinds that it has a command for; otherwise null. */
export function ocwLine(draft: Draft): string | null {
  const { cwd, worker, model, tags, env, command, prompt } = draft;
  const common = [...option('-w', worker), ...option('--cwd', cwd), ...timeoutOf(draft)];
  switch (draft.type) {
    case 'command': {
      const tagged = tags.split(',').flatMap((tag) => option('-t', tag.trim()));
      const variables = env.flatMap(({ name }) => option('-e', `${name}=${UNKNOWN}`));
      return ['ocw run', ...common, ...tagged, ...variables, '--', quoted(command)].join(' ');
    }
    case 'claude-cli':
      return ['ocw claude', ...common, ...option('--model', model), quoted(prompt)].join(' ');
    default:
      return null;
  }
}

function withoutValues(draft: Draft): Submission {
  return submissionOf({ ...draft, env: draft.env.map((variable) => ({ ...variable, value: UNKNOWN })) });
}

const timeoutOf = ({ timeout }: Draft) =>
  option('--timeout', timeout.amount === '' ? '' : timeout.amount + timeout.unit);

const option = (flag: string, value: string) => (value === '' ? [] : [`${flag} ${quoted(value)}`]);

/** A word for a POSIX shell. */
const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
