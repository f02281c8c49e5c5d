import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Loading } from '../components/states.js';
import { parseAuditSearch } from './audit-search.js';
import { parseNewTaskSearch } from './new-task-search.js';
import { NotFound } from './not-found.js';
import { PageError } from './page-error.js';
import { Shell } from './shell.js';
import { parseTaskSearch } from './task-search.js';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

// Every page is a chunk of its own, which is fetched when somebody goes there or points at the way there.
const now = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/now/now-page.js'), 'NowPage'),
});
const tasks = createRoute({
  getParentRoute: () => root,
  path: '/ui/tasks',
  validateSearch: parseTaskSearch,
  component: lazyRouteComponent(() => import('../pages/tasks/tasks-page.js'), 'TasksPage'),
});
const task = createRoute({
  getParentRoute: () => root,
  path: '/ui/tasks/$taskId',
  component: lazyRouteComponent(() => import('../pages/task/task-page.js'), 'TaskPage'),
});
const newTask = createRoute({
  getParentRoute: () => root,
  path: '/ui/new',
  validateSearch: parseNewTaskSearch,
  component: lazyRouteComponent(() => import('../pages/new-task/new-task-page.js'), 'NewTaskPage'),
});
const schedules = createRoute({
  getParentRoute: () => root,
  path: '/ui/schedules',
  component: lazyRouteComponent(() => import('../pages/schedules/schedules-page.js'), 'SchedulesPage'),
});
const workers = createRoute({
  getParentRoute: () => root,
  path: '/ui/workers',
  component: lazyRouteComponent(() => import('../pages/workers/workers-page.js'), 'WorkersPage'),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/ui/audit',
  validateSearch: parseAuditSearch,
  component: lazyRouteComponent(() => import('../pages/audit/audit-page.js'), 'AuditPage'),
});
const tokens = createRoute({
  getParentRoute: () => root,
  path: '/ui/tokens',
  component: lazyRouteComponent(() => import('../pages/tokens/tokens-page.js'), 'TokensPage'),
});
const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/ui/webhooks',
  component: lazyRouteComponent(() => import('../pages/webhooks/webhooks-page.js'), 'WebhooksPage'),
});
const system = createRoute({
  getParentRoute: () => root,
  path: '/ui/system',
  component: lazyRouteComponent(() => import('../pages/system/system-page.js'), 'SystemPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([now, tasks, task, newTask, schedules, workers, audit, webhooks, tokens, system]),
  defaultPreload: 'intent',
  defaultPendingComponent: Loading,
  defaultErrorComponent: PageError,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
