/** What Nest hands out under a name, since an interface is gone at run time. */
export const CLOCK = Symbol('Clock');
export const CONFIG = Symbol('Config');
export const LOGGER = Symbol('Logger');
export const TASK_STORE = Symbol('TaskStore');
export const WAKEUPS = Symbol('Wakeups');
