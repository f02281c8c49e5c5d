import { type ComponentType, type ReactNode, useState } from 'react';
import { Optional } from './optional.js';

export interface MenuTrigger {
  trigger: ReactNode;
  /** What the trigger does not show, for those who hear it. */
  label: string;
}

export const MENU_TRIGGER =
  'inline-flex min-h-9 items-center gap-2 rounded-lg px-2 text-sm text-quiet hover:bg-raised hover:text-ink data-[state=open]:bg-raised';

/**
 * A button that opens a list of things to do.
 * @param menu loaded when it is first wanted: what a menu needs is a tenth of all that the page needs at first
 */
export function MenuButton<P extends object>({
  menu: Loaded,
  of,
  ...shown
}: MenuTrigger & { menu: ComponentType<P & MenuTrigger>; of: P }) {
  const [isWanted, setWanted] = useState(false);
  const button = (
    <button type="button" aria-haspopup="menu" className={MENU_TRIGGER} onClick={() => setWanted(true)}>
      {shown.trigger}
      <span className="sr-only">{shown.label}</span>
    </button>
  );
  if (!isWanted) return button;
  return (
    <Optional fallback={button}>
      <Loaded {...of} {...shown} />
    </Optional>
  );
}
