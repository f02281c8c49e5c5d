import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { RETRIED_ENDS } from '#contracts';
import { workerList } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Field, INPUT } from '../../components/field.js';
import { statusWord } from '../../components/status-badge.js';
import type { Draft } from '../../submission/draft.js';
import { runsProcess } from '../../submission/submission.js';
import { useForm } from './form.js';
import { AreaField, SpanField, TextField, Tick } from './form-fields.js';

/** The fields below, by the names that the API has for them. */
export const ADVANCED = [
  'worker',
  'tags',
  'timeout',
  'idleTimeout',
  'delay',
  'runAt',
  'expiresIn',
  'priority',
  'maxAttempts',
  'retryOn',
  'retryDelay',
  'stdin',
  'artifacts',
  'mode',
  'ifMatch',
  'metadata',
  'webhook',
];

/** Where, when and how often; what most tasks do without. */
export function AdvancedFields() {
  const { draft } = useForm();
  return (
    <div className="space-y-6">
      <Part title="Where">
        <WorkerField />
        <TextField name="tags" label="Tags" placeholder="gpu, office" hint="Only workers that carry all of them." />
      </Part>
      <Part title="When">
        <StartField />
        <SpanField
          name="expiresIn"
          label="Expires after waiting"
          placeholder="15"
          hint="15 minutes when left empty; counted from when it may start."
        />
        <TextField
          name="priority"
          type="number"
          label="Priority"
          placeholder="0"
          hint="From -100 to 100; higher ones go first."
        />
      </Part>
      <Part title="How long and how often">
        <SpanField
          name="timeout"
          label="Time limit"
          placeholder={draft.type === 'claude-cli' ? '120' : '30'}
          hint={`${draft.type === 'claude-cli' ? '2 minutes' : '30 seconds'} when left empty.`}
        />
        {runsProcess(draft) && (
          <SpanField
            name="idleTimeout"
            label="Silence limit"
            placeholder="none"
            hint="Ends it when it prints nothing for so long."
          />
        )}
        <RetryFields />
      </Part>
      <Part title="More">
        {draft.type === 'command' && <StdinField />}
        {runsProcess(draft) && (
          <AreaField
            name="artifacts"
            label="Files to keep"
            rows={3}
            placeholder="~/out/*.pdf"
            hint="One path a line; * stands for any part of a name."
          />
        )}
        {draft.type === 'file-write' && (
          <TextField name="mode" label="Mode" placeholder="644" hint="Permission bits of a new file, octal." mono />
        )}
        {(draft.type === 'file-write' || draft.type === 'file-edit') && (
          <TextField
            name="ifMatch"
            label="Only if its SHA-256 is"
            placeholder="any"
            hint="Changes nothing when the file has another content by then."
            mono
          />
        )}
        <AreaField
          name="metadata"
          label="Labels"
          rows={3}
          placeholder='{"ticket": "A-1"}'
          hint="A JSON object of your own, shown with the task."
        />
        <TextField
          name="webhook"
          type="url"
          label="Webhook"
          placeholder="https://example.org/hook"
          hint="A URL that is told when the task has ended."
        />
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset>
      <legend className="mb-2 text-xs font-medium tracking-wide text-quiet uppercase">{title}</legend>
      <div className="grid items-start gap-4 sm:grid-cols-2">{children}</div>
    </fieldset>
  );
}

function WorkerField() {
  const { draft, errors, change } = useForm();
  const { data: workers = [] } = useQuery(workerList(useClient()));
  const isKnown = draft.worker === '' || workers.some(({ name }) => name === draft.worker);
  return (
    <Field label="Worker" error={errors.worker}>
      {(control) => (
        <select
          {...control}
          value={draft.worker}
          onChange={({ target }) => change({ worker: target.value })}
          className={`${INPUT} w-full`}
        >
          <option value="">Any that is free</option>
          {workers.map(({ name, status }) => (
            <option key={name} value={name}>
              {status === 'online' ? name : `${name} (${status})`}
            </option>
          ))}
          {!isKnown && <option value={draft.worker}>{draft.worker} (not known now)</option>}
        </select>
      )}
    </Field>
  );
}

function StartField() {
  const { draft, change } = useForm();
  return (
    <div className="space-y-4">
      <Field label="Start">
        {(control) => (
          <select
            {...control}
            value={draft.start}
            onChange={({ target }) => change({ start: target.value as Draft['start'] })}
            className={`${INPUT} w-full`}
          >
            <option value="now">As soon as a worker is free</option>
            <option value="delay">After a while</option>
            <option value="at">Not before a time</option>
          </select>
        )}
      </Field>
      {draft.start === 'delay' && <SpanField name="delay" label="After" />}
      {draft.start === 'at' && <TextField name="runAt" type="datetime-local" label="Not before" />}
    </div>
  );
}

function RetryFields() {
  const { draft, errors, change } = useForm();
  const retries = Number(draft.maxAttempts) > 1;
  return (
    <>
      <TextField
        name="maxAttempts"
        type="number"
        label="Attempts"
        placeholder="1"
        hint="How often it may be tried in all."
      />
      {retries && (
        <>
          <SpanField
            name="retryDelay"
            label="Pause before the next"
            placeholder="1"
            hint="Doubled for each further one."
          />
          <fieldset>
            <legend className="text-sm font-medium">Try again when it has</legend>
            {RETRIED_ENDS.map((end) => (
              <Tick
                key={end}
                label={end === 'lost' ? 'Lost its worker (it may then run twice)' : statusWord(end)}
                checked={draft.retryOn.includes(end)}
                onChange={(checked) =>
                  change({
                    retryOn: RETRIED_ENDS.filter((one) => (one === end ? checked : draft.retryOn.includes(one))),
                  })
                }
              />
            ))}
            {errors.retryOn !== undefined && <p className="text-[0.8125rem] text-bad">{errors.retryOn}</p>}
          </fieldset>
        </>
      )}
    </>
  );
}

function StdinField() {
  const { draft, change } = useForm();
  return (
    <div>
      <AreaField name="stdin" label="Standard input" rows={3} hint="Closed when left empty." />
      <Tick
        label="It is base64"
        checked={draft.stdinEncoding === 'base64'}
        onChange={(checked) => change({ stdinEncoding: checked ? 'base64' : 'utf8' })}
      />
    </div>
  );
}
