import {
  Activity,
  CalendarClock,
  Gauge,
  KeyRound,
  ListChecks,
  type LucideIcon,
  Plus,
  ScrollText,
  ServerCog,
  Webhook,
} from 'lucide-react';
import type { Permission } from './permissions.js';

export interface PageEntry {
  path: string;
  label: string;
  icon: LucideIcon;
  /** The letter that leads there after `g`. */
  key: string;
  /** Who may not do this does not see the page. */
  needs?: Permission;
}

/** The pages of the navigation, in its order; the first four have a place of their own on a phone. */
export const PAGES = [
  { path: '/', label: 'Now', icon: Activity, key: 'h' },
  { path: '/ui/tasks', label: 'Tasks', icon: ListChecks, key: 't' },
  { path: '/ui/new', label: 'New task', icon: Plus, key: 'n', needs: 'submit' },
  { path: '/ui/schedules', label: 'Schedules', icon: CalendarClock, key: 's' },
  { path: '/ui/workers', label: 'Workers', icon: ServerCog, key: 'w' },
  { path: '/ui/audit', label: 'Audit', icon: ScrollText, key: 'a', needs: 'readAudit' },
  { path: '/ui/webhooks', label: 'Webhooks', icon: Webhook, key: 'b', needs: 'manageWebhooks' },
  { path: '/ui/tokens', label: 'Tokens', icon: KeyRound, key: 'k', needs: 'manageTokens' },
  { path: '/ui/system', label: 'System', icon: Gauge, key: 'y' },
] as const satisfies readonly PageEntry[];
