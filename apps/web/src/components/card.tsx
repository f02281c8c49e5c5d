import { type ReactNode, useId } from 'react';

/** A titled part of a page. `aside` stands at the end of the title's line. */
export function Card({
  title,
  aside,
  children,
  flush = false,
}: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
  /** Whether what is in it reaches its edges, as lists do. */
  flush?: boolean;
}) {
  const id = useId();
  return (
    <section className="card min-w-0" aria-labelledby={id}>
      <div className="flex min-h-12 items-center gap-3 px-4 py-2">
        <h2 id={id} className="text-sm font-semibold">
          {title}
        </h2>
        {aside !== undefined && <div className="ml-auto text-sm text-quiet">{aside}</div>}
      </div>
      <div className={flush ? 'border-t border-line' : 'px-4 pb-4'}>{children}</div>
    </section>
  );
}

/** The head of a page: what it is, in a word what it says, and what can be done. */
export function PageHead({ title, summary, actions }: { title: string; summary?: ReactNode; actions?: ReactNode }) {
  return (
    <header className="mb-5 flex flex-wrap items-end gap-x-4 gap-y-3">
      <div className="min-w-0">
        <h1 className="text-xl font-semibold tracking-tight [overflow-wrap:anywhere]">{title}</h1>
        {summary !== undefined && <p className="mt-0.5 text-sm text-quiet">{summary}</p>}
      </div>
      {actions !== undefined && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
