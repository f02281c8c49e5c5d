import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { RefusedError } from '#client';
import { WEBHOOK_EVENTS, type WebhookFilter, type WebhookRecord } from '#contracts';
import { keys } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { Field, INPUT } from '../../components/field.js';
import type { Secret } from '../../components/secret-shown.js';

const TASK_ENDS = WEBHOOK_EVENTS.filter((event) => event.startsWith('task.'));

/** Makes a webhook, or with `edits` changes that one. */
export function WebhookDialog({
  edits,
  onCreated,
  onClose,
}: {
  edits?: WebhookRecord;
  onCreated?: (secret: Secret) => void;
  onClose: () => void;
}) {
  const { webhooks } = useClient();
  const queries = useQueryClient();
  const [url, setUrl] = useState(edits?.url ?? '');
  const [description, setDescription] = useState(edits?.description ?? '');
  const [events, setEvents] = useState<ReadonlySet<WebhookFilter>>(
    () => new Set(edits ? spelledOut(edits) : TASK_ENDS),
  );
  const save = useMutation({
    mutationFn: async () => {
      const terms = { url: url.trim(), description: description.trim(), events: [...events] };
      if (edits) await webhooks.change(edits.id, terms);
      else {
        const { secret, ...made } = await webhooks.create(terms);
        onCreated?.({ of: made.description === '' ? made.url : made.description, secret });
      }
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.webhooks });
      onClose();
    },
  });
  const toggle = (event: WebhookFilter, isWanted: boolean) => {
    const wanted = new Set(events);
    if (isWanted) wanted.add(event);
    else wanted.delete(event);
    setEvents(wanted);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const fields = save.error instanceof RefusedError ? save.error.fields : [];
  const mistakeIn = (name: string) => fields.find(({ field }) => field === name)?.message;
  return (
    <Dialog title={edits ? 'Change the webhook' : 'New webhook'} onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <Field label="URL" hint="Messages are posted there" error={mistakeIn('url')}>
          {(control) => (
            <input
              {...control}
              required
              type="url"
              value={url}
              onChange={({ target }) => setUrl(target.value)}
              placeholder="https://example.org/hook"
              autoComplete="off"
              className={`${INPUT} w-full`}
            />
          )}
        </Field>
        <Field label="Description" hint="What it is called here" error={mistakeIn('description')}>
          {(control) => (
            <input
              {...control}
              value={description}
              onChange={({ target }) => setDescription(target.value)}
              placeholder="deploys"
              autoComplete="off"
              className={`${INPUT} w-full`}
            />
          )}
        </Field>
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">It is told of</legend>
          <div className="grid gap-x-3 gap-y-1.5 sm:grid-cols-2">
            {WEBHOOK_EVENTS.map((event) => (
              <label key={event} className="flex min-h-6 cursor-pointer items-center gap-2.5 text-sm">
                <input
                  type="checkbox"
                  checked={events.has(event)}
                  onChange={({ target }) => toggle(event, target.checked)}
                  className="accent-accent"
                />
                {event}
              </label>
            ))}
          </div>
        </fieldset>
        {save.error && fields.every(({ field }) => field !== 'url' && field !== 'description') && (
          <p role="alert" className="text-sm text-bad">
            {save.error.message}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={events.size === 0} busy={save.isPending}>
            {edits ? 'Save' : 'Create webhook'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The events that it is told of, one by one. */
const spelledOut = ({ events }: WebhookRecord): WebhookFilter[] =>
  WEBHOOK_EVENTS.filter((event) => events.some((one) => one === event || one === `${event.split('.')[0]}.*`));
