import { CircleUserRound } from 'lucide-react';
import { lazy } from 'react';
import { MenuButton } from '../components/menu-button.js';
import { useIdentity } from './session.js';

const AccountMenuItems = lazy(() => import('./account-menu-items.js'));

/** Who is signed in, the theme, and the way out. With `named`, the button tells the name. */
export function AccountMenu({ named = false }: { named?: boolean }) {
  const { name, role } = useIdentity();
  return (
    <MenuButton
      menu={AccountMenuItems}
      of={{}}
      label={named ? 'account' : `${name}, account`}
      trigger={
        <>
          <CircleUserRound size={19} aria-hidden className="shrink-0" />
          {named && (
            <span className="min-w-0 text-left leading-tight">
              <span className="block max-w-36 truncate text-ink">{name}</span>
              <span className="block text-xs">{role}</span>
            </span>
          )}
        </>
      }
    />
  );
}
