import type { Command } from 'commander';
import { OpenClawClient } from '#client';
import { chosenProfile, keptProfiles } from '../profiles.js';
import { whatOf } from '../task-table.js';
import { harmless } from '../terminal.js';

/** A way to finish a word. */
export interface Candidate {
  word: string;
  /** What it stands for. */
  about?: string;
}

type Source = (client: OpenClawClient, signal: AbortSignal) => Promise<Candidate[]>;

const TASKS = 20;
/** A person who presses Tab waits for no server that is away, in milliseconds. */
const PATIENCE_MS = 3000;

const tasks: Source = async (client, signal) =>
  (await client.tasks.list({}, { limit: TASKS, signal })).items.map((task) => ({
    word: task.id,
    about: `${task.status}: ${harmless(whatOf(task))}`,
  }));
const workers: Source = async (client, signal) =>
  (await client.workers.list({ signal })).map(({ name, status }) => ({ word: name, about: status }));
const files: Source = async (client, signal) =>
  (await workers(client, signal)).map(({ word, about }) => ({ word: `${word}:`, about }));

/** What the server knows that can stand for an argument, or for the value of an option, of that name. */
const LIVE: Readonly<Record<string, Source>> = {
  task: tasks,
  taskId: tasks,
  worker: workers,
  file: files,
  from: files,
  to: files,
  schedule: async (client, signal) =>
    (await client.schedules.list({ limit: 200, signal })).items.map(({ name, cron }) => ({ word: name, about: cron })),
  token: async (client, signal) =>
    (await client.tokens.list({ signal })).map(({ name, role }) => ({ word: name, about: role })),
  webhook: async (client, signal) =>
    (await client.webhooks.list({ limit: 200, signal })).items.map(({ id, description, url }) => ({
      word: id,
      about: harmless(description === '' ? url : description),
    })),
  delivery: async (client, signal) =>
    (await client.webhooks.deliveries({}, { limit: TASKS, signal })).items.map(({ id, type, state }) => ({
      word: id,
      about: `${state}: ${type}`,
    })),
  tag: async (client, signal) =>
    [...new Set((await client.workers.list({ signal })).flatMap(({ tags }) => tags))].map((word) => ({ word })),
  session: async (client, signal) =>
    (await client.claudeSessions(signal)).map(({ sessionId, worker, cwd }) => ({
      word: sessionId,
      about: harmless(`${cwd ?? '~'} on ${worker ?? 'no worker'}`),
    })),
};

/** What the last of `words` can become. What only the server knows is left out when it cannot be asked. */
export async function candidatesFor(
  program: Command,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Candidate[]> {
  const typed = words.at(-1) ?? '';
  const found = await waysOn(program, words.slice(0, -1), typed, env);
  return found.filter(({ word }) => word.startsWith(typed));
}

async function waysOn(
  program: Command,
  before: readonly string[],
  typed: string,
  env: NodeJS.ProcessEnv,
): Promise<Candidate[]> {
  const { command, given, profile, open } = parse(program, before);
  const live = (name: string) => ask(LIVE[name.replace(/s$/, '')], profile, env);
  if (open?.long === '--profile') return keptProfiles(env).map(({ name, url }) => ({ word: name, about: url }));
  if (open) return open.argChoices?.map((word) => ({ word })) ?? live(open.attributeName());
  if (typed.startsWith('-'))
    return command.options.flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : []));
  const inner = command.commands
    .filter((one) => !one.name().startsWith('__') && given === 0)
    .map((one) => ({ word: one.name(), about: one.description() }));
  const argument =
    command.registeredArguments[given] ?? command.registeredArguments.findLast(({ variadic }) => variadic);
  if (!argument) return inner;
  return [...inner, ...(argument.argChoices?.map((word) => ({ word })) ?? (await live(argument.name())))];
}

/** Which command the words lead to, how many arguments it has been given, and the option that waits for its value. */
function parse(program: Command, words: readonly string[]) {
  let command = program;
  let given = 0;
  let profile: string | undefined;
  let open: Command['options'][number] | undefined;
  for (const word of words) {
    if (open) {
      if (open.long === '--profile') profile = word;
      open = undefined;
      continue;
    }
    const inner = given === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (inner) command = inner;
    else if (word.startsWith('-')) {
      const option = command.options.find(({ short, long }) => [short, long].includes(word));
      open = option?.required ? option : undefined;
    } else given += 1;
  }
  return { command, given, profile, open };
}

async function ask(
  source: Source | undefined,
  profile: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Candidate[]> {
  if (!source) return [];
  try {
    const client = new OpenClawClient({ ...chosenProfile(profile, env), retryFor: 0 });
    return await source(client, AbortSignal.timeout(PATIENCE_MS));
  } catch {
    // Not signed in, or nobody answers: there is nothing to offer, and no place to say why.
    return [];
  }
}
