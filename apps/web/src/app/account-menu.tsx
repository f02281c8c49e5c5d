import { CircleUserRound, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { Menu, MenuChoice, MenuItem, MenuLine } from '../components/menu.js';
import { useIdentity, useSessionControl } from './session.js';
import { chooseTheme, THEMES, type Theme, useTheme } from './theme.js';

const LOOKS: Record<Theme, [typeof Sun, string]> = {
  system: [Monitor, 'As the system'],
  light: [Sun, 'Light'],
  dark: [Moon, 'Dark'],
};

/** Who is signed in, the theme, and the way out. With `named`, the button tells the name. */
export function AccountMenu({ named = false }: { named?: boolean }) {
  const { name, role } = useIdentity();
  const { signOut } = useSessionControl();
  const theme = useTheme();
  return (
    <Menu
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
    >
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
