import { Link, type LinkProps } from '@tanstack/react-router';
import type { ButtonHTMLAttributes, ReactNode } from 'react';

export type Tone = 'primary' | 'plain' | 'quiet' | 'danger';

const TONES: Record<Tone, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  plain: 'border border-line bg-surface text-ink hover:bg-raised',
  quiet: 'text-quiet hover:bg-raised hover:text-ink',
  danger: 'border border-bad/40 bg-surface text-bad hover:bg-bad-soft',
};
const SIZES = { normal: 'min-h-9 px-3.5 py-1.5 text-sm', small: 'min-h-7 px-2.5 py-0.5 text-[0.8125rem]' };

interface Look {
  tone?: Tone;
  size?: keyof typeof SIZES;
  className?: string;
}

const look = ({ tone = 'plain', size = 'normal', className = '' }: Look) =>
  `inline-flex items-center justify-center gap-1.5 rounded-lg font-medium whitespace-nowrap transition-colors disabled:opacity-55 ${TONES[tone]} ${SIZES[size]} ${className}`;

/** With `busy` it cannot be pressed again, and says so. */
export function Button({
  tone,
  size,
  className,
  busy = false,
  disabled,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & Look & { busy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={look({ tone, size, className })}
    />
  );
}

/** A link that looks like a button. */
export function ButtonLink({
  tone,
  size,
  className,
  children,
  ...link
}: Pick<LinkProps, 'to' | 'params' | 'search'> & Look & { children: ReactNode }) {
  return (
    <Link {...link} className={look({ tone, size, className })}>
      {children}
    </Link>
  );
}
