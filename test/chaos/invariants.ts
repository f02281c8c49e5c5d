import type { AuditRecord, OutputPage, TaskRecord, TaskSummary } from '#contracts';
import { TOKEN } from '../programs.js';
import type { PlannedFault } from './faults.js';
import { type Errand, recordOf } from './workload.js';
import type { World } from './world.js';

/** What makes a worker forget an attempt, or be silent for longer than its lease. */
const SILENCING = ['kill -9 of a worker', 'power cut at a worker', 'worker asleep past its lease'];
const FINAL = ['completed', 'failed', 'timed_out', 'cancelled', 'lost', 'expired'];
/** The last word of the audit on a task, by its status. */
const LAST_ACTIONS: Record<string, string[]> = {
  completed: ['task.completed'],
  failed: ['task.failed'],
  cancelled: ['task.cancelled'],
  lost: ['task.lost'],
  expired: ['task.expired'],
};

async function get<T>(world: World, path: string): Promise<T> {
  const response = await fetch(world.url + path, { headers: { Authorization: `Bearer ${TOKEN}` } });
  return response.json() as Promise<T>;
}

/** What has become of a round's errands that must not; empty when all is well. The world is at rest. */
export async function violations(
  world: World,
  errands: readonly Errand[],
  faults: readonly PlannedFault[],
): Promise<string[]> {
  const found: string[] = [];
  const struck = new Set(faults.map(({ name }) => name));
  const statuses = new Map<string, string>();
  for (const errand of errands) {
    if (errand.taskId === undefined) {
      if (errand.runs > errand.mayRun) found.push(`${errand.name}: ran ${errand.runs} times`);
      continue;
    }
    const record = await recordOf(world, errand.taskId);
    statuses.set(errand.taskId, record.status);
    const tell = (what: string) => found.push(`${errand.name} (${errand.taskId}, ${record.status}): ${what}`);
    judge(errand, record, struck, tell);
    await judgeOutput(world, record, tell);
    await judgeStory(world, record, struck, tell);
    if (record.status === 'lost' && world.hasReported(record)) tell('its report was on its way, and is lost');
  }
  await judgeDoubles(world, errands, found);
  for (const process of world.tasksRunning()) found.push(`left running: ${process}`);
  for (const folder of ['spool', 'journal'] as const) {
    for (const name of world.leftIn(folder)) found.push(`left in the ${folder}: ${name}`);
  }
  const audit = await get<{ ok: boolean; reason?: string }>(world, '/audit/verify');
  if (!audit.ok) found.push(`the audit does not verify: ${audit.reason}`);
  for (const line of world.failures()) found.push(`a program failed: ${line}`);
  // What was final stays so.
  for (const [taskId, status] of statuses) {
    const again = await recordOf(world, taskId);
    if (again.status !== status) found.push(`${taskId} was ${status}, and is ${again.status} now`);
  }
  return found;
}

function judge(errand: Errand, record: TaskRecord, struck: ReadonlySet<string>, tell: (what: string) => void): void {
  const { runs, kind } = errand;
  if (!FINAL.includes(record.status)) tell('has not ended');
  if (runs > errand.mayRun) tell(`ran ${runs} times`);
  if (runs > record.attempt) tell(`ran ${runs} times in ${record.attempt} attempts`);
  switch (record.status) {
    case 'completed':
      if (kind.exitCode !== 0) tell('is completed, but its command fails');
      if (runs === 0) tell('never ran');
      if (record.exitCode !== 0) tell(`has exit code ${record.exitCode}`);
      if (record.stdout !== errand.expectedOutput) tell(`printed ${JSON.stringify(record.stdout.slice(0, 200))}`);
      break;
    case 'failed':
      if (runs === 0 && !/nothing was run/.test(record.error ?? '')) tell('failed, but never ran');
      if (runs > 0 && (kind.exitCode === 0 || record.exitCode !== kind.exitCode)) tell(`failed: ${record.error}`);
      break;
    case 'cancelled':
      if (!kind.cancelled) tell('nobody cancelled it');
      break;
    case 'lost':
      if (runs === 0 && struck.has('worker asleep past its lease')) break;
      if (!struck.has('kill -9 of a worker') && !struck.has('power cut at a worker')) tell('its worker never died');
      break;
    case 'expired':
      // How long it may wait counts on the wall clock, which also goes on while the server is away.
      if (!struck.has('wall clock of the server jumps') || runs > 0) tell('has expired');
      break;
    default:
      tell(`must not end so: ${record.error}`);
  }
}

/** The stream of the last attempt is the record's output. */
async function judgeOutput(world: World, record: TaskRecord, tell: (what: string) => void): Promise<void> {
  const printed = { stdout: '', stderr: '' };
  let last = 0;
  for (let after = 0; ; ) {
    const page = await get<OutputPage>(world, `/tasks/${record.taskId}/output?after=${after}`);
    for (const chunk of page.chunks) {
      if (chunk.seq <= last) tell(`chunk ${chunk.seq} comes after ${last}`);
      last = chunk.seq;
      if (chunk.attempt === record.attempt) printed[chunk.stream] += chunk.data;
    }
    after = page.next;
    if (page.done || page.chunks.length === 0) break;
  }
  if (record.status === 'lost') return;
  for (const stream of ['stdout', 'stderr'] as const) {
    if (printed[stream] !== record[stream])
      tell(`streamed ${printed[stream].length} characters of ${stream}, reported ${record[stream].length}`);
  }
}

/** The audit tells the same of a task as its record. */
async function judgeStory(
  world: World,
  record: TaskRecord,
  struck: ReadonlySet<string>,
  tell: (what: string) => void,
): Promise<void> {
  const { items } = await get<{ items: AuditRecord[] }>(world, `/audit?taskId=${record.taskId}&limit=200`);
  const actions = items.map(({ action }) => action);
  const story = actions.toReversed().join(' ');
  if (actions.includes('task.lost') && !SILENCING.some((name) => struck.has(name)))
    tell(`was lost for a while: ${story}`);
  if (actions.at(-1) !== 'task.submitted') tell(`was never submitted: ${story}`);
  if (!LAST_ACTIONS[record.status]?.includes(actions[0] ?? '')) tell(`the audit says: ${story}`);
  if (actions.filter((action) => action === 'task.claimed').length !== record.attempt)
    tell(`has had ${record.attempt} attempts, but the audit says: ${story}`);
}

/** However often it was sent, an errand is one task; and none that was not acknowledged is a different one. */
async function judgeDoubles(world: World, errands: readonly Errand[], found: string[]): Promise<void> {
  const names = new Set(errands.map(({ name }) => name));
  const byErrand = new Map<string, string[]>();
  const { items } = await get<{ items: TaskSummary[] }>(world, '/tasks?limit=200');
  for (const { taskId, labels } of items) {
    const name = String(labels.errand);
    if (names.has(name)) byErrand.set(name, [...(byErrand.get(name) ?? []), taskId]);
  }
  for (const { name, taskId } of errands) {
    const tasks = byErrand.get(name) ?? [];
    if (tasks.length > 1) found.push(`${name} was stored ${tasks.length} times`);
    if (taskId !== undefined && tasks[0] !== taskId) found.push(`${name} is ${tasks[0]}, not ${taskId}`);
  }
}
