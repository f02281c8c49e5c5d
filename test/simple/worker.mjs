// A worker that knows two calls and nothing else: GET /worker/poll and POST /worker/result.
import { exec } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';

const { API, TOKEN } = process.env;
const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };

function run(task) {
  return new Promise((resolve) => {
    exec(task.command, { timeout: task.timeout, cwd: task.cwd }, (error, stdout, stderr) => {
      resolve({ stdout, stderr, exitCode: error ? (error.code ?? 1) : 0, error: error?.message });
    });
  });
}

async function work(task) {
  switch (task.type) {
    case 'command':
      return run(task);
    case 'file-read':
      return { stdout: await readFile(task.path, 'utf8'), stderr: '', exitCode: 0 };
    case 'file-write':
      await writeFile(task.path, task.content);
      return { stdout: '', stderr: '', exitCode: 0 };
    default:
      throw new Error(`a simple worker does not know ${task.type}`);
  }
}

for (;;) {
  const response = await fetch(`${API}/worker/poll?wait=30000`, { headers });
  if (response.status !== 200) throw new Error(`poll answered ${response.status}`);
  const task = await response.json();
  if (!task) continue;
  const result = await work(task).catch((error) => ({ stdout: '', stderr: '', exitCode: 1, error: error.message }));
  const body = JSON.stringify({ taskId: task.id, ...result });
  const reported = await fetch(`${API}/worker/result`, { method: 'POST', headers, body });
  if (reported.status !== 200) throw new Error(`result answered ${reported.status}`);
}
