import { Dialog } from '../components/dialog.js';
import type { PageEntry } from './pages.js';

/** The keys, and the switch that turns them off. */
export function HelpDialog({
  pages,
  isEnabled,
  onEnable,
  onClose,
}: {
  pages: readonly PageEntry[];
  isEnabled: boolean;
  onEnable: (enabled: boolean) => void;
  onClose: () => void;
}) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-5 gap-y-2 text-sm">
        <Row keys={['/']}>Search tasks</Row>
        {pages.some(({ path }) => path === '/ui/new') && <Row keys={['n']}>New task</Row>}
        <Row keys={['?']}>This help</Row>
        {pages.map(({ path, key, label }) => (
          <Row key={path} keys={['g', key]}>
            {label}
          </Row>
        ))}
      </dl>
      <label className="mt-5 flex items-center gap-2.5 border-t border-line pt-4 text-sm">
        <input
          type="checkbox"
          checked={isEnabled}
          onChange={(event) => onEnable(event.target.checked)}
          className="size-4 accent-accent"
        />
        Shortcuts of a single key are on
      </label>
      <p className="mt-3 text-sm text-quiet">
        From a terminal, <code className="font-mono">ocw --help</code> does all of this and more;{' '}
        <a href="/docs" className="text-accent underline">
          the API is described here
        </a>
        .
      </p>
    </Dialog>
  );
}

function Row({ keys, children }: { keys: string[]; children: React.ReactNode }) {
  return (
    <>
      <dt className="flex gap-1">
        {keys.map((key) => (
          <kbd
            key={key}
            className="min-w-6 rounded border border-edge bg-raised px-1.5 text-center font-mono text-xs leading-5"
          >
            {key}
          </kbd>
        ))}
      </dt>
      <dd>{children}</dd>
    </>
  );
}
