import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { HelpDialog } from './help-dialog.js';
import type { PageEntry } from './pages.js';

/** Single keys can be switched off: people who dictate to their machine press them without wanting to. */
const KEY = 'openclaw-shortcuts';
/** How long after `g` its second letter may come. */
const SEQUENCE_MS = 1500;

/** Marks the field that `/` leads to. */
export const SEARCH_FIELD = { 'data-search': '' } as const;

/** Listens to the keys that lead somewhere, and explains them at `?`. */
export function Shortcuts({ pages }: { pages: readonly PageEntry[] }) {
  const navigate = useNavigate();
  const [isEnabled, setIsEnabled] = useState(() => localStorage.getItem(KEY) !== 'off');
  const [isHelpShown, setIsHelpShown] = useState(false);
  const begun = useRef(0);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      if (document.querySelector('dialog[open], [role="menu"]')) return;
      if (event.key === '?') return setIsHelpShown(true);
      if (!isEnabled) return;
      const isSecond = performance.now() - begun.current < SEQUENCE_MS;
      begun.current = 0;
      const page = isSecond ? pages.find(({ key }) => key === event.key) : undefined;
      if (page) void navigate({ to: page.path });
      else if (event.key === 'g') begun.current = performance.now();
      else if (event.key === 'n' && pages.some(({ path }) => path === '/ui/new')) void navigate({ to: '/ui/new' });
      else if (event.key === '/') void navigate({ to: '/ui/tasks', search: true }).then(focusSearch);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [isEnabled, navigate, pages]);

  if (!isHelpShown) return null;
  return (
    <HelpDialog
      pages={pages}
      isEnabled={isEnabled}
      onEnable={(enabled) => {
        localStorage.setItem(KEY, enabled ? 'on' : 'off');
        setIsEnabled(enabled);
      }}
      onClose={() => setIsHelpShown(false)}
    />
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));
}

function focusSearch(): void {
  document.querySelector<HTMLElement>('[data-search]')?.focus();
}
