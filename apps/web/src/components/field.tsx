import { type ReactNode, useId } from 'react';

/** How a control looks; its width is its user's business. */
export const INPUT =
  'rounded-lg border border-edge bg-surface px-3 py-2 text-base text-ink sm:text-sm aria-invalid:border-bad';

/** What a control needs to belong to its label, hint and error. */
export interface FieldControl {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

/** A control with its label, and below it what it takes or what is wrong with it. */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: ReactNode;
  hint?: ReactNode;
  error?: string;
  children: (control: FieldControl) => ReactNode;
}) {
  const id = useId();
  const told = `${id}-told`;
  const isTold = Boolean(error ?? hint);
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': isTold ? told : undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {isTold && (
        <p id={told} className={`mt-1 text-[0.8125rem] ${error ? 'text-bad' : 'text-quiet'}`}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
