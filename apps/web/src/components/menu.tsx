import * as Radix from '@radix-ui/react-dropdown-menu';
import type { ReactNode } from 'react';
import { MENU_TRIGGER, type MenuTrigger } from './menu-button.js';

/** The button of `MenuButton`, once its menu is there: open at first, since whoever asked for it wants to see it. */
export function Menu({ trigger, label, children }: MenuTrigger & { children: ReactNode }) {
  return (
    // Not modal: locking the scrolling would take a style element, which the page's policy does not allow.
    <Radix.Root modal={false} defaultOpen>
      <Radix.Trigger className={MENU_TRIGGER}>
        {trigger}
        <span className="sr-only">{label}</span>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          sideOffset={6}
          collisionPadding={12}
          className="z-40 min-w-48 rounded-card border border-line bg-surface p-1 text-sm shadow-float"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const ITEM =
  'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 outline-none select-none data-highlighted:bg-raised';

export function MenuItem({ onSelect, children }: { onSelect: () => void; children: ReactNode }) {
  return (
    <Radix.Item onSelect={onSelect} className={ITEM}>
      {children}
    </Radix.Item>
  );
}

/** A link as an item of a menu. */
export function MenuLink({ children }: { children: ReactNode }) {
  return (
    <Radix.Item asChild className={ITEM}>
      {children}
    </Radix.Item>
  );
}

/** One of several things of which one is chosen. */
export function MenuChoice({
  label,
  value,
  onChange,
  options,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: readonly { value: string; label: ReactNode }[];
}) {
  return (
    <Radix.RadioGroup value={value} onValueChange={onChange} aria-label={label}>
      <Radix.Label className="px-2.5 pt-1.5 pb-1 text-xs text-quiet">{label}</Radix.Label>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={ITEM}>
          <span aria-hidden className="w-3.5 text-accent">
            <Radix.ItemIndicator>●</Radix.ItemIndicator>
          </span>
          {option.label}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export const MenuLine = () => <Radix.Separator className="my-1 h-px bg-line" />;
