import type { ErrorComponentProps } from '@tanstack/react-router';
import { ErrorState } from '../components/states.js';

/** A page that could not be shown, as when the server was updated and its files have other names now: those come with a reload. */
export function PageError({ error }: ErrorComponentProps) {
  return (
    <ErrorState
      error={error instanceof Error ? error : new Error(String(error))}
      retry={() => window.location.reload()}
    />
  );
}
