import { type ReactNode, useState } from 'react';
import { Button, type Tone } from './button.js';
import { Dialog } from './dialog.js';

/** A button that asks before it does something that cannot be undone. */
export function ConfirmButton({
  children,
  title,
  body,
  confirm,
  cancel = 'Keep it',
  onConfirm,
  tone = 'danger',
  size,
  busy,
}: {
  children: ReactNode;
  /** The question. */
  title: string;
  /** What will happen. */
  body: ReactNode;
  /** The word on the button that does it. */
  confirm: string;
  /** The word on the button that does not. */
  cancel?: string;
  onConfirm: () => void;
  tone?: Tone;
  size?: 'normal' | 'small';
  busy?: boolean;
}) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button tone={tone} size={size} busy={busy} onClick={() => setIsOpen(true)}>
        {children}
      </Button>
      {isOpen && (
        <Dialog title={title} onClose={() => setIsOpen(false)}>
          <div className="text-sm text-quiet">{body}</div>
          <div className="mt-5 flex justify-end gap-2">
            <Button onClick={() => setIsOpen(false)}>{cancel}</Button>
            <Button
              tone="danger"
              onClick={() => {
                setIsOpen(false);
                onConfirm();
              }}
            >
              {confirm}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
