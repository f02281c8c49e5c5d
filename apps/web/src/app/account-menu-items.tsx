import { LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { Menu, MenuChoice, MenuItem, MenuLine } from '../components/menu.js';
import type { MenuTrigger } from '../components/menu-button.js';
import { useIdentity, useSessionControl } from './session.js';
import { chooseTheme, THEMES, type Theme, useTheme } from './theme.js';

const LOOKS: Record<Theme, [typeof Sun, string]> = {
  system: [Monitor, 'As the system'],
  light: [Sun, 'Light'],
  dark: [Moon, 'Dark'],
};

export default function AccountMenuItems(shown: MenuTrigger) {
  const { name, role } = useIdentity();
  const { signOut } = useSessionControl();
  const theme = useTheme();
  return (
    <Menu {...shown}>
      <p className="max-w-60 truncate px-2.5 pt-1.5 pb-1 text-xs text-quiet">
        {name} · {role}
      </p>
      <MenuLine />
      <MenuChoice
        label="Theme"
        value={theme}
        onChange={(value) => chooseTheme(value as Theme)}
        options={THEMES.map((value) => {
          const [Icon, label] = LOOKS[value];
          return {
            value,
            label: (
              <>
                <Icon size={16} aria-hidden className="text-quiet" />
                {label}
              </>
            ),
          };
        })}
      />
      <MenuLine />
      <MenuItem onSelect={signOut}>
        <LogOut size={16} aria-hidden className="text-quiet" />
        Sign out
      </MenuItem>
    </Menu>
  );
}
