import { Ellipsis } from 'lucide-react';
import { lazy } from 'react';
import { MenuButton } from '../components/menu-button.js';
import type { PageEntry } from './pages.js';

const MoreMenuItems = lazy(() => import('./more-menu-items.js'));

/** The pages that have no place of their own on a phone. */
export function MoreMenu({ pages }: { pages: readonly PageEntry[] }) {
  return (
    <div className="grid flex-1 place-items-center">
      <MenuButton
        menu={MoreMenuItems}
        of={{ pages }}
        label="pages"
        trigger={
          <span className="flex flex-col items-center gap-0.5 text-[0.6875rem]">
            <Ellipsis size={20} aria-hidden />
            More
          </span>
        }
      />
    </div>
  );
}
