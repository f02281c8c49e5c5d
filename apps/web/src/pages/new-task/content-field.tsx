import { FileUp, X } from 'lucide-react';
import { useId, useRef } from 'react';
import { Button } from '../../components/button.js';
import { formatBytes } from '../../format/size.js';
import { useForm } from './form.js';
import { AreaField, Tick } from './form-fields.js';

/** What a file is to hold: text that is written here, or a file of this machine. */
export function ContentField({ file, onFile }: { file: File | null; onFile: (file: File | null) => void }) {
  const { draft, errors, change } = useForm();
  const picker = useRef<HTMLInputElement>(null);
  const id = useId();
  const kept = { name: 'the file that was sent for that task', size: null, remove: () => change({ upload: '' }) };
  const chosen = file && { name: file.name, size: file.size, remove: () => onFile(null) };
  const sent = chosen ?? (draft.upload === '' ? null : kept);
  return (
    <div className="space-y-3">
      {sent ? (
        <div>
          <p className="mb-1 text-sm font-medium">Content</p>
          <div className="flex items-center gap-3 rounded-lg border border-line bg-raised px-3 py-2 text-sm">
            <FileUp size={17} aria-hidden className="shrink-0 text-quiet" />
            <span className="min-w-0 flex-1 truncate">{sent.name}</span>
            {sent.size !== null && <span className="numbers text-quiet">{formatBytes(sent.size)}</span>}
            <button
              type="button"
              aria-label={`Do not send ${sent.name}`}
              onClick={sent.remove}
              className="rounded p-1.5 text-quiet hover:text-ink"
            >
              <X size={16} aria-hidden />
            </button>
          </div>
          {errors.upload !== undefined && <p className="mt-1 text-[0.8125rem] text-bad">{errors.upload}</p>}
        </div>
      ) : (
        <AreaField name="content" label="Content" rows={8} />
      )}
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2">
        <input
          ref={picker}
          id={id}
          type="file"
          aria-label="File of this machine to send"
          tabIndex={-1}
          className="sr-only"
          onChange={({ target }) => {
            onFile(target.files?.[0] ?? null);
            // The same file can be chosen again after it was put away.
            target.value = '';
          }}
        />
        <Button size="small" onClick={() => picker.current?.click()}>
          <FileUp size={14} aria-hidden /> {sent ? 'Choose another file' : 'Send a file of this machine instead'}
        </Button>
        {!sent && (
          <Tick
            label="The content is base64"
            checked={draft.encoding === 'base64'}
            onChange={(checked) => change({ encoding: checked ? 'base64' : 'utf8' })}
          />
        )}
      </div>
    </div>
  );
}
