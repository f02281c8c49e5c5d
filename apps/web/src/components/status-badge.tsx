import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleX,
  Clock,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  Pause,
  PlugZap,
  Unplug,
} from 'lucide-react';
import type { TaskStatus } from '#contracts';

type Mood = 'good' | 'bad' | 'warn' | 'busy' | 'calm';

const MOODS: Record<Mood, string> = {
  good: 'bg-good-soft text-good',
  bad: 'bg-bad-soft text-bad',
  warn: 'bg-warn-soft text-warn',
  busy: 'bg-busy-soft text-busy',
  calm: 'bg-raised text-quiet',
};

/** A word with an icon: never told by the colour alone. */
export function Badge({ mood, icon: Icon, children }: { mood: Mood; icon?: LucideIcon; children: React.ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${MOODS[mood]}`}
    >
      {Icon && <Icon size={13} aria-hidden className={Icon === LoaderCircle ? 'animate-spin' : ''} />}
      {children}
    </span>
  );
}

const TASK: Record<TaskStatus, [Mood, LucideIcon, string]> = {
  pending: ['calm', CircleDashed, 'Waiting'],
  running: ['busy', LoaderCircle, 'Running'],
  completed: ['good', CircleCheck, 'Completed'],
  failed: ['bad', CircleX, 'Failed'],
  timed_out: ['warn', Clock, 'Timed out'],
  cancelled: ['calm', Ban, 'Cancelled'],
  lost: ['warn', CircleHelp, 'Lost'],
  expired: ['calm', Hourglass, 'Expired'],
};

export const statusWord = (status: TaskStatus): string => TASK[status][2];

export function StatusBadge({ status, cancelling = false }: { status: TaskStatus; cancelling?: boolean }) {
  const [mood, icon, word] = TASK[status];
  return (
    <Badge mood={mood} icon={icon}>
      {status === 'running' && cancelling ? 'Cancelling' : word}
    </Badge>
  );
}

/** The same as its icon alone, for where many stand in a row; whoever shows it says the word as well. */
export function StatusIcon({ status }: { status: TaskStatus }) {
  const [mood, Icon] = TASK[status];
  return (
    <span className={`grid size-6 place-items-center rounded-md ${MOODS[mood]}`}>
      <Icon size={14} aria-hidden className={Icon === LoaderCircle ? 'animate-spin' : ''} />
    </span>
  );
}

const WORKER = {
  online: ['good', PlugZap, 'Online'],
  draining: ['warn', Pause, 'Draining'],
  offline: ['calm', Unplug, 'Offline'],
} as const;

export function WorkerBadge({ status }: { status: keyof typeof WORKER }) {
  const [mood, icon, word] = WORKER[status];
  return (
    <Badge mood={mood} icon={icon}>
      {word}
    </Badge>
  );
}
