#!/usr/bin/env node
// Makes schedules of a crontab: `crontab.mjs FILE [WORKER]`. Run it again after a change: of the schedules that it has made,
// it adds what is new and removes what is gone. OCW_URL and OCW_TOKEN say which server, TZ in which zone the times are.
import { readFileSync } from 'node:fs';
import { Client } from 'openclaw-worker/client';

const [file, worker] = process.argv.slice(2);
const { OCW_URL, OCW_TOKEN, TZ: timezone = 'UTC' } = process.env;
if (!file || !OCW_URL || !OCW_TOKEN) {
  console.error('Set OCW_URL and OCW_TOKEN, and name a crontab: crontab.mjs FILE [WORKER]');
  process.exit(2);
}
const client = new Client({ url: OCW_URL, token: OCW_TOKEN });
const PREFIX = 'crontab: ';
const LONGEST_NAME = 128;
const AN_HOUR = 3_600_000;

/** What makes two schedules the same. */
const keyOf = ({ cron, timezone, task }) => JSON.stringify([cron, timezone, task.command, task.worker ?? null]);

/** The schedules that the crontab asks for, by key. */
function wanted() {
  const lines = readFileSync(file, 'utf8').split('\n');
  const schedules = lines.flatMap((text, index) => {
    const line = text.trim();
    if (line === '' || line.startsWith('#')) return [];
    const [, cron, command] = line.match(/^(@\w+|(?:\S+\s+){4}\S+)\s+(.+)$/) ?? [];
    if (!command) throw new Error(`${file}:${index + 1} is no line of a crontab: ${line}`);
    const name = (PREFIX + command).slice(0, LONGEST_NAME).trim();
    return [{ name, cron, timezone, task: { command, worker, timeout: AN_HOUR } }];
  });
  return new Map(schedules.map((schedule) => [keyOf(schedule), schedule]));
}

/** The schedules that this script has made, by key. */
async function made() {
  const found = [];
  for (let cursor; cursor !== null; ) {
    const page = await client.schedules.list({ limit: 200, cursor });
    found.push(...page.items.filter(({ name }) => name.startsWith(PREFIX)));
    cursor = page.nextCursor;
  }
  return new Map(found.map((schedule) => [keyOf(schedule), schedule]));
}

try {
  const [next, before] = [wanted(), await made()];
  for (const [key, terms] of next) {
    if (before.has(key)) continue;
    await client.schedules.create(terms);
    console.log(`added ${terms.cron} ${terms.task.command}`);
  }
  for (const [key, { id, cron, task }] of before) {
    if (next.has(key)) continue;
    await client.schedules.remove(id);
    console.log(`removed ${cron} ${task.command}`);
  }
} catch (error) {
  console.error(`crontab: ${error.message}`);
  process.exitCode = 1;
}
