import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ChevronRight, Play } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { RefusedError } from '#client';
import type { FieldError } from '#contracts';
import { keys } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { type Draft, EMPTY_DRAFT, rememberDraft } from '../../submission/draft.js';
import { DraftError, submissionOf } from '../../submission/submission.js';
import { ADVANCED, AdvancedFields } from './advanced-fields.js';
import { FormProvider } from './form.js';
import { KindChoice } from './kind-choice.js';
import { KindFields } from './kind-fields.js';

/** Writes a task down and sends it; what the server has against it stands at the field that it is about. */
export function NewTaskForm({ initial }: { initial: () => Draft }) {
  const client = useClient();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState(initial);
  const [file, setFile] = useState<File | null>(null);
  const [isOpen, setIsOpen] = useState(() => hasAdvanced(draft));
  const send = useMutation({
    mutationFn: async () => {
      const sent = draft.type === 'file-write' ? file : null;
      // Before a large file is sent: what can be told without the server is told at once.
      const submission = submissionOf(draft, sent ? '' : undefined);
      if (!sent) return client.tasks.submit(submission);
      const { upload } = await client.tasks.upload(sent);
      return client.tasks.submit(submissionOf(draft, upload));
    },
    onSuccess: ({ taskId }) => {
      rememberDraft(draft);
      void queries.invalidateQueries({ queryKey: keys.taskLists });
      void navigate({ to: '/ui/tasks/$taskId', params: { taskId } });
    },
  });
  const errors = errorsOf(send.error);

  // To the first field that has to be mended, once it is drawn so.
  useEffect(() => {
    if (!send.error) return;
    if (fieldsOf(send.error).some(({ field }) => ADVANCED.includes(field))) setIsOpen(true);
    const timer = setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
    return () => clearTimeout(timer);
  }, [send.error]);

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (!send.isPending) send.mutate();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));

  return (
    <FormProvider value={{ draft, errors, change }}>
      <form ref={form} noValidate onSubmit={submit} onKeyDown={press} className="max-w-4xl space-y-4">
        <KindChoice />
        <div className="card space-y-4 p-4 sm:p-5">
          <KindFields file={file} onFile={setFile} />
        </div>
        <details
          open={isOpen}
          onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}
          className="card group [&::details-content]:min-w-0"
        >
          <summary className="flex min-h-12 cursor-pointer list-none items-center gap-2 rounded-card px-4 text-sm font-medium sm:px-5 [&::-webkit-details-marker]:hidden">
            <ChevronRight size={16} aria-hidden className="text-quiet transition-transform group-open:rotate-90" />
            Options
            <span className="font-normal text-quiet">worker, start, limits, retries, labels</span>
          </summary>
          <div className="border-t border-line p-4 sm:p-5">
            <AdvancedFields />
          </div>
        </details>
        {send.error && (
          <p role="alert" className="rounded-card bg-bad-soft px-4 py-3 text-sm [overflow-wrap:anywhere] text-bad">
            {send.error.message}
          </p>
        )}
        <div className="flex items-center gap-3">
          <Button type="submit" tone="primary" busy={send.isPending}>
            <Play size={15} aria-hidden />
            {send.isPending && file ? `Sending ${file.name}` : 'Run'}
          </Button>
          <span className="text-[0.8125rem] text-quiet max-sm:hidden">or Ctrl+Enter</span>
        </div>
      </form>
    </FormProvider>
  );
}

const fieldsOf = (error: Error | null): readonly FieldError[] =>
  error instanceof RefusedError || error instanceof DraftError ? error.fields : [];

function errorsOf(error: Error | null): Record<string, string> {
  return Object.fromEntries(fieldsOf(error).map(({ field, message }) => [field, message]));
}

/** Whether one of the folded options is not what it would be by itself. */
const hasAdvanced = (draft: Draft): boolean =>
  ADVANCED.some((name) => {
    const key = name as keyof Draft;
    return JSON.stringify(draft[key]) !== JSON.stringify(EMPTY_DRAFT[key]);
  });
