import { Plus, X } from 'lucide-react';
import { Button } from '../../components/button.js';
import { INPUT } from '../../components/field.js';
import type { Variable } from '../../submission/draft.js';
import { useForm } from './form.js';

/** Extra variables of the environment. */
export function VariableFields() {
  const { draft, errors, change } = useForm();
  const { env } = draft;
  const set = (id: number, part: Partial<Variable>) =>
    change({ env: env.map((variable) => (variable.id === id ? { ...variable, ...part } : variable)) });
  const add = () => change({ env: [...env, { id: Math.max(0, ...env.map(({ id }) => id)) + 1, name: '', value: '' }] });
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">Variables</legend>
      <p className="mb-2 text-[0.8125rem] text-quiet">
        Their names are shown later, their values never; this page does not remember the values either.
      </p>
      <div className="space-y-2">
        {env.map(({ id, name, value }, index) => (
          <div key={id} className="flex items-center gap-2">
            <input
              aria-label={`Name of variable ${index + 1}`}
              placeholder="NAME"
              value={name}
              onChange={({ target }) => set(id, { name: target.value })}
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              className={`${INPUT} w-full min-w-0 basis-2/5 font-mono`}
            />
            <input
              aria-label={`Value of variable ${index + 1}`}
              placeholder="value"
              value={value}
              onChange={({ target }) => set(id, { value: target.value })}
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              className={`${INPUT} w-full min-w-0 basis-3/5 font-mono`}
            />
            <button
              type="button"
              aria-label={`Remove variable ${index + 1}`}
              onClick={() => change({ env: env.filter((variable) => variable.id !== id) })}
              className="rounded p-2 text-quiet hover:bg-raised hover:text-ink"
            >
              <X size={16} aria-hidden />
            </button>
          </div>
        ))}
      </div>
      {errors.env !== undefined && (
        <p role="alert" className="mt-1 text-[0.8125rem] text-bad">
          {errors.env}
        </p>
      )}
      <Button size="small" className={env.length > 0 ? 'mt-2' : ''} onClick={add}>
        <Plus size={14} aria-hidden /> Add a variable
      </Button>
    </fieldset>
  );
}
