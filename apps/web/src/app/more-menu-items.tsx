import { Link } from '@tanstack/react-router';
import { Menu, MenuLink } from '../components/menu.js';
import type { MenuTrigger } from '../components/menu-button.js';
import type { PageEntry } from './pages.js';

export default function MoreMenuItems({ pages, ...shown }: MenuTrigger & { pages: readonly PageEntry[] }) {
  return (
    <Menu {...shown}>
      {pages.map(({ path, label, icon: Icon }) => (
        <MenuLink key={path}>
          <Link to={path}>
            <Icon size={16} aria-hidden className="text-quiet" />
            {label}
          </Link>
        </MenuLink>
      ))}
    </Menu>
  );
}
