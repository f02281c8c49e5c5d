import type { Target, TaskType } from './task.js';

/**
 * One word for what a task asks of a worker, to find ready tasks by: empty for any worker, `w:` and a name for that one,
 * `t:` and JSON where tags are asked for.
 */
export function laneOf({ worker, tags }: Target): string {
  if (tags.length > 0) return TAGGED + JSON.stringify([tags, worker]);
  return worker === null ? ANY_WORKER : `w:${worker}`;
}

export const ANY_WORKER = '';
export const TAGGED = 't:';

/** What a lane asks for. */
export function targetOf(lane: string): Target {
  if (lane.startsWith(TAGGED)) {
    const [tags, worker] = JSON.parse(lane.slice(TAGGED.length)) as [string[], string | null];
    return { worker, tags };
  }
  return { worker: lane === ANY_WORKER ? null : lane.slice(2), tags: [] };
}

export function fits(target: Target, worker: { name: string | null; tags: readonly string[] }): boolean {
  if (target.worker !== null && target.worker !== worker.name) return false;
  return target.tags.every((tag) => worker.tags.includes(tag));
}

/** What a worker that is online offers. */
export interface Offer {
  name: string;
  tags: readonly string[];
  kinds: readonly TaskType[];
}

/** Why none of the workers that are online could take a task that asks for `target`; null when one could, or any may. */
export function unmet(target: Target, type: TaskType, online: readonly Offer[]): string | null {
  if (target.worker === null && target.tags.length === 0) return null;
  const fitting = online.filter((worker) => fits(target, worker));
  if (fitting.some(({ kinds }) => kinds.includes(type))) return null;
  const name = target.worker === null ? '' : ` named ${target.worker}`;
  const tags = target.tags.length === 0 ? '' : ` with the tags ${target.tags.join(', ')}`;
  const unable = fitting.length > 0 ? `does ${type} tasks` : 'is online';
  return `no worker${name}${tags} ${unable}`;
}
