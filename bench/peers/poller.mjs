// What a first version looks like: tasks in the memory of a small Express server, which looks every 500 ms whether there
// is something to answer. Run by itself it is the server; `open` starts it and talks to it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { Client } from '../kit/client.mjs';
import { start, stop } from '../kit/processes.mjs';

const STEP_MS = 500;

function serve() {
  const tasks = new Map();
  const app = express().use(express.json());
  const until = async (wait, look) => {
    for (let left = wait; ; left -= STEP_MS) {
      const found = look();
      if (found || left <= 0) return found ?? null;
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
  };
  app.post('/tasks', (request, response) => {
    const id = crypto.randomUUID();
    tasks.set(id, { ...request.body, id, status: 'pending' });
    response.json({ taskId: id });
  });
  app.get('/worker/poll', async (request, response) => {
    const task = await until(Number(request.query.wait), () =>
      [...tasks.values()].find(({ status }) => status === 'pending'),
    );
    if (task) task.status = 'running';
    response.json(task);
  });
  app.post('/worker/result', (request, response) => {
    Object.assign(tasks.get(request.body.taskId), request.body, { status: 'completed' });
    response.json({ success: true });
  });
  app.get('/tasks/:id', async (request, response) => {
    const ended = () => (tasks.get(request.params.id).status === 'completed' ? tasks.get(request.params.id) : null);
    const task = await until(Number(request.query.wait), ended);
    response.json(task);
    tasks.delete(request.params.id);
  });
  const server = app.listen(0, '127.0.0.1', () =>
    console.log(`listening on http://127.0.0.1:${server.address().port}`),
  );
}

/** @param {{workers: number, runs: boolean}} options whether the workers run the command, or only say so */
export async function open({ workers, runs }) {
  const { child, match } = await start(process.execPath, [fileURLToPath(import.meta.url)], {
    ready: /listening on (\S+)/,
  });
  const client = new Client(match[1]);
  let over = false;
  const work = async () => {
    while (!over) {
      const task = await client.get('/worker/poll?wait=1000');
      if (!task) continue;
      if (runs) await once(spawn('/bin/sh', ['-c', task.command], { stdio: ['ignore', 'pipe', 'pipe'] }), 'close');
      await client.post('/worker/result', { taskId: task.id, exitCode: 0, stdout: '' });
    }
  };
  const lines = Array.from({ length: workers }, work);
  return {
    pid: child.pid,
    async run() {
      const { taskId } = await client.post('/tasks', { command: 'true' });
      await client.get(`/tasks/${taskId}?wait=60000`);
    },
    async close() {
      over = true;
      await Promise.all(lines);
      await client.close();
      await stop(child);
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve();
