import { Link } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { Menu, MenuLink } from '../components/menu.js';
import type { PageEntry } from './pages.js';

/** The pages that have no place of their own on a phone. */
export function MoreMenu({ pages }: { pages: readonly PageEntry[] }) {
  return (
    <div className="grid flex-1 place-items-center">
      <Menu
        label="pages"
        trigger={
          <span className="flex flex-col items-center gap-0.5 text-[0.6875rem]">
            <Ellipsis size={20} aria-hidden />
            More
          </span>
        }
      >
        {pages.map(({ path, label, icon: Icon }) => (
          <MenuLink key={path}>
            <Link to={path}>
              <Icon size={16} aria-hidden className="text-quiet" />
              {label}
            </Link>
          </MenuLink>
        ))}
      </Menu>
    </div>
  );
}
