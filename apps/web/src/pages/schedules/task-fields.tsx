import { useQuery } from '@tanstack/react-query';
import { workerList } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Field, INPUT } from '../../components/field.js';
import { asKind, DRAFT_KINDS, type DraftKind, type TaskDraft } from './task-draft.js';

/** What a schedule has done each time. `errorOf` knows what the server found wrong, by the names of its fields. */
export function TaskFields({
  draft,
  onChange,
  errorOf,
}: {
  draft: TaskDraft;
  onChange: (draft: TaskDraft) => void;
  errorOf: (field: string) => string | undefined;
}) {
  const change = (part: Partial<TaskDraft>) => onChange({ ...draft, ...part });
  const isClaude = draft.kind === 'claude-cli';
  return (
    <div className="space-y-3">
      <Field label="What to do">
        {(control) => (
          <select
            {...control}
            value={draft.kind}
            onChange={({ target }) => onChange(asKind(draft, target.value as DraftKind))}
            className={`${INPUT} w-full`}
          >
            {Object.entries(DRAFT_KINDS).map(([kind, label]) => (
              <option key={kind} value={kind}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      {draft.kind === 'json' ? (
        <Field label="Task" hint="The body of a POST /tasks" error={errorOf('task')}>
          {(control) => (
            <textarea
              {...control}
              required
              rows={7}
              value={draft.json}
              onChange={({ target }) => change({ json: target.value })}
              spellCheck={false}
              className={`${INPUT} w-full font-mono`}
            />
          )}
        </Field>
      ) : (
        <>
          <Field label={isClaude ? 'Prompt' : 'Command'} error={errorOf(isClaude ? 'task.prompt' : 'task.command')}>
            {(control) => (
              <textarea
                {...control}
                required
                rows={2}
                value={draft.text}
                onChange={({ target }) => change({ text: target.value })}
                autoCapitalize={isClaude ? undefined : 'none'}
                spellCheck={isClaude}
                className={`${INPUT} w-full ${isClaude ? '' : 'font-mono'}`}
              />
            )}
          </Field>
          <div className="grid gap-3 sm:grid-cols-2">
            <WorkerField
              value={draft.worker}
              onChange={(worker) => change({ worker })}
              error={errorOf('task.worker')}
            />
            <Field label="Time limit in minutes" hint="Empty: the usual one" error={errorOf('task.timeout')}>
              {(control) => (
                <input
                  {...control}
                  type="number"
                  min={0}
                  step="any"
                  inputMode="decimal"
                  value={draft.minutes}
                  onChange={({ target }) => change({ minutes: target.value })}
                  className={`${INPUT} w-full`}
                />
              )}
            </Field>
          </div>
          <Field label="Folder" hint="Empty: the home folder of the worker" error={errorOf('task.cwd')}>
            {(control) => (
              <input
                {...control}
                value={draft.cwd}
                onChange={({ target }) => change({ cwd: target.value })}
                autoComplete="off"
                spellCheck={false}
                className={`${INPUT} w-full font-mono`}
              />
            )}
          </Field>
        </>
      )}
    </div>
  );
}

function WorkerField({
  value,
  onChange,
  error,
}: {
  value: string;
  onChange: (worker: string) => void;
  error?: string;
}) {
  const { data = [] } = useQuery(workerList(useClient()));
  const names = new Set(data.map(({ name }) => name));
  if (value !== '') names.add(value);
  return (
    <Field label="Worker" error={error}>
      {(control) => (
        <select
          {...control}
          value={value}
          onChange={({ target }) => onChange(target.value)}
          className={`${INPUT} w-full`}
        >
          <option value="">Any worker</option>
          {[...names].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </Field>
  );
}
