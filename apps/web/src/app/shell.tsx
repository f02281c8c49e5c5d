import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useRef } from 'react';
import { Loading } from '../components/states.js';
import { AccountMenu } from './account-menu.js';
import { Brand } from './brand.js';
import { ConnectionBanner } from './connection-banner.js';
import { MoreMenu } from './more-menu.js';
import { PAGES, type PageEntry } from './pages.js';
import { may } from './permissions.js';
import { useIdentity } from './session.js';
import { Shortcuts } from './shortcuts.js';

/** How many pages have a place of their own in the bar of a phone. */
const IN_BAR = 4;

/** What stands around every page. */
export function Shell() {
  const { role } = useIdentity();
  const pages = PAGES.filter((page: PageEntry) => page.needs === undefined || may(role, page.needs));
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useTitle(path, pages);

  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[14.5rem_minmax(0,1fr)]">
      <button
        type="button"
        onClick={() => main.current?.focus()}
        className="sr-only z-50 rounded-lg bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </button>
      <Sidebar pages={pages} />
      <div className="flex min-w-0 flex-col pb-20 lg:pb-0">
        <header className="flex items-center border-b border-line bg-surface px-4 py-2 lg:hidden">
          <Link to="/" className="rounded-lg">
            <Brand />
          </Link>
          <span className="ml-auto">
            <AccountMenu />
          </span>
        </header>
        <ConnectionBanner />
        <main
          ref={main}
          tabIndex={-1}
          className="mx-auto w-full max-w-[90rem] min-w-0 px-4 py-5 outline-none sm:px-6 lg:px-8 lg:py-7"
        >
          <Suspense fallback={<Loading lines={5} />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <BottomBar pages={pages} />
      <Shortcuts pages={pages} />
    </div>
  );
}

function useTitle(path: string, pages: readonly PageEntry[]): void {
  const page = [...pages].reverse().find((entry) => (entry.path === '/' ? path === '/' : path.startsWith(entry.path)));
  const title = page ? `${page.label} · OpenClaw Worker` : 'OpenClaw Worker';
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function Sidebar({ pages }: { pages: readonly PageEntry[] }) {
  return (
    <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-surface px-3 py-4 lg:flex">
      <Link to="/" className="mb-5 rounded-lg px-2">
        <Brand />
      </Link>
      <nav aria-label="Pages" className="space-y-0.5">
        {pages.map(({ path, label, icon: Icon }) => (
          <Link
            key={path}
            to={path}
            activeOptions={{ exact: path === '/', includeSearch: false }}
            className="flex min-h-9 items-center gap-2.5 rounded-lg px-2.5 text-sm transition-colors"
            activeProps={{ className: 'bg-accent-soft font-medium text-accent-strong' }}
            inactiveProps={{ className: 'text-quiet hover:bg-raised hover:text-ink' }}
          >
            <Icon size={17} aria-hidden />
            {label}
          </Link>
        ))}
      </nav>
      <div className="mt-auto border-t border-line pt-3">
        <AccountMenu named />
      </div>
    </aside>
  );
}

function BottomBar({ pages }: { pages: readonly PageEntry[] }) {
  return (
    <nav
      aria-label="Pages"
      className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {pages.slice(0, IN_BAR).map(({ path, label, icon: Icon }) => (
        <Link
          key={path}
          to={path}
          activeOptions={{ exact: path === '/', includeSearch: false }}
          className="flex min-w-0 flex-1 flex-col items-center gap-0.5 px-1 py-2 text-[0.6875rem]"
          activeProps={{ className: 'font-medium text-accent' }}
          inactiveProps={{ className: 'text-quiet' }}
        >
          <Icon size={20} aria-hidden />
          <span className="max-w-full truncate">{label}</span>
        </Link>
      ))}
      <MoreMenu pages={pages.slice(IN_BAR)} />
    </nav>
  );
}
