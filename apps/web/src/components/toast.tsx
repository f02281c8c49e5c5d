import { CircleCheck, TriangleAlert, X } from 'lucide-react';
import { createContext, type ReactNode, use, useCallback, useState } from 'react';

interface Toast {
  id: number;
  mood: 'good' | 'bad';
  text: string;
}

type Show = (mood: Toast['mood'], text: string) => void;

const Context = createContext<Show>(() => undefined);
/** Long enough to read two lines; what is wrong stays until it is dismissed. */
const SHOWN_MS = 6000;

/** Tells what became of something that was done, such as `toast('good', 'Cancelled.')`. */
export const useToast = (): Show => use(Context);

let newest = 0;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const dismiss = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const show = useCallback<Show>(
    (mood, text) => {
      newest += 1;
      const id = newest;
      setToasts((all) => [...all.slice(-2), { id, mood, text }]);
      if (mood === 'good') setTimeout(() => dismiss(id), SHOWN_MS);
    },
    [dismiss],
  );
  return (
    <Context value={show}>
      {children}
      <div
        role="status"
        aria-live="polite"
        className="pointer-events-none fixed inset-x-4 bottom-20 z-50 flex flex-col items-center gap-2 lg:bottom-6"
      >
        {toasts.map(({ id, mood, text }) => (
          <div
            key={id}
            className="pointer-events-auto flex max-w-lg items-center gap-2.5 rounded-lg border border-line bg-surface py-2 pr-2 pl-3.5 text-sm shadow-float"
          >
            {mood === 'good' ? (
              <CircleCheck size={17} aria-hidden className="shrink-0 text-good" />
            ) : (
              <TriangleAlert size={17} aria-hidden className="shrink-0 text-bad" />
            )}
            <span className="min-w-0 break-words">{text}</span>
            <button
              type="button"
              aria-label="Dismiss"
              onClick={() => dismiss(id)}
              className="rounded p-1.5 text-quiet hover:bg-raised"
            >
              <X size={15} aria-hidden />
            </button>
          </div>
        ))}
      </div>
    </Context>
  );
}
