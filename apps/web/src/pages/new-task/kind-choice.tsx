import { Bot, FileDown, FilePen, FileUp, FolderOpen, type LucideIcon, Terminal } from 'lucide-react';
import { TASK_TYPES, type TaskType } from '#contracts';
import { TYPE_NAMES } from '../../format/task.js';
import { useForm } from './form.js';

const ICONS: Record<TaskType, LucideIcon> = {
  command: Terminal,
  'file-read': FileDown,
  'file-write': FileUp,
  'file-edit': FilePen,
  'file-list': FolderOpen,
  'claude-cli': Bot,
};

/** What kind of task it is to be. */
export function KindChoice() {
  const { draft, change } = useForm();
  return (
    <fieldset>
      <legend className="sr-only">Kind</legend>
      <div className="grid grid-cols-2 gap-2 sm:grid-cols-3 lg:grid-cols-6">
        {TASK_TYPES.map((type) => {
          const Icon = ICONS[type];
          return (
            <label
              key={type}
              className="relative flex min-h-11 cursor-pointer items-center gap-2 rounded-lg border border-line bg-surface px-3 text-sm text-quiet hover:text-ink has-checked:border-accent has-checked:bg-accent-soft has-checked:font-medium has-checked:text-accent-strong has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name="kind"
                checked={draft.type === type}
                onChange={() => change({ type })}
                className="sr-only"
              />
              <Icon size={16} aria-hidden className="shrink-0" />
              {TYPE_NAMES[type]}
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
