import type { HTMLInputTypeAttribute, ReactNode } from 'react';
import { Field, INPUT } from '../../components/field.js';
import { type SpanName, type TextName, TIME_UNITS, type TimeUnit } from '../../submission/draft.js';
import { useForm } from './form.js';

const UNIT_NAMES: Record<TimeUnit, string> = { s: 'seconds', m: 'minutes', h: 'hours', d: 'days' };
/** Texts for machines, which no keyboard should correct. */
const AS_TYPED = { autoCapitalize: 'none', autoComplete: 'off', autoCorrect: 'off', spellCheck: false } as const;

interface Words {
  label: string;
  hint?: ReactNode;
  placeholder?: string;
}

export function TextField({
  name,
  type = 'text',
  mono = false,
  ...words
}: Words & { name: TextName; type?: HTMLInputTypeAttribute; mono?: boolean }) {
  const { draft, errors, change } = useForm();
  return (
    <Field label={words.label} hint={words.hint} error={errors[name]}>
      {(control) => (
        <input
          {...control}
          {...AS_TYPED}
          type={type}
          value={draft[name]}
          placeholder={words.placeholder}
          onChange={({ target }) => change({ [name]: target.value })}
          className={`${INPUT} w-full ${mono ? 'font-mono' : ''}`}
        />
      )}
    </Field>
  );
}

export function AreaField({
  name,
  rows,
  autoFocus,
  mono = true,
  ...words
}: Words & { name: TextName; rows: number; autoFocus?: boolean; mono?: boolean }) {
  const { draft, errors, change } = useForm();
  return (
    <Field label={words.label} hint={words.hint} error={errors[name]}>
      {(control) => (
        <textarea
          {...control}
          {...(mono ? AS_TYPED : {})}
          rows={rows}
          // biome-ignore lint/a11y/noAutofocus: who opens the form wants to write there
          autoFocus={autoFocus}
          value={draft[name]}
          placeholder={words.placeholder}
          onChange={({ target }) => change({ [name]: target.value })}
          className={`${INPUT} block w-full resize-y ${mono ? 'font-mono' : ''}`}
        />
      )}
    </Field>
  );
}

/** A number and its unit. */
export function SpanField({ name, ...words }: Words & { name: SpanName }) {
  const { draft, errors, change } = useForm();
  const span = draft[name];
  return (
    <Field label={words.label} hint={words.hint} error={errors[name]}>
      {(control) => (
        <div className="flex gap-2">
          <input
            {...control}
            type="number"
            min={0}
            step="any"
            inputMode="decimal"
            value={span.amount}
            placeholder={words.placeholder}
            onChange={({ target }) => change({ [name]: { ...span, amount: target.value } })}
            className={`${INPUT} w-full min-w-0`}
          />
          <select
            aria-label={`${words.label}: unit`}
            value={span.unit}
            onChange={({ target }) => change({ [name]: { ...span, unit: target.value as TimeUnit } })}
            className={INPUT}
          >
            {Object.keys(TIME_UNITS).map((unit) => (
              <option key={unit} value={unit}>
                {UNIT_NAMES[unit as TimeUnit]}
              </option>
            ))}
          </select>
        </div>
      )}
    </Field>
  );
}

export function Tick({
  label,
  checked,
  onChange,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className="flex min-h-7 items-center gap-2.5 text-sm">
      <input
        type="checkbox"
        checked={checked}
        onChange={({ target }) => onChange(target.checked)}
        className="size-4 shrink-0 accent-accent"
      />
      {label}
    </label>
  );
}
