import { Pause, PlayCircle, Trash2 } from 'lucide-react';
import { Button } from './button.js';
import { ConfirmButton } from './confirm-button.js';

/** Pauses what is enabled, and resumes what is not. */
export function PauseButton({ enabled, busy, onToggle }: { enabled: boolean; busy: boolean; onToggle: () => void }) {
  return (
    <Button size="small" busy={busy} onClick={onToggle}>
      {enabled ? <Pause size={14} aria-hidden /> : <PlayCircle size={14} aria-hidden />}
      {enabled ? 'Pause' : 'Resume'}
    </Button>
  );
}

/** Asks first; `consequence` tells what else becomes of it. */
export function DeleteButton({
  name,
  consequence,
  busy,
  onConfirm,
}: {
  name: string;
  consequence: string;
  busy: boolean;
  onConfirm: () => void;
}) {
  return (
    <ConfirmButton
      size="small"
      busy={busy}
      title={`Delete ${name}?`}
      body={consequence}
      confirm="Delete"
      onConfirm={onConfirm}
    >
      <Trash2 size={14} aria-hidden /> <span className="max-sm:sr-only">Delete</span>
    </ConfirmButton>
  );
}
