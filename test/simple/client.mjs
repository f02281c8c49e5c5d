// A client that knows POST /tasks, /files/*, /claude and GET /tasks/:id?wait=, expects 200 and flat JSON, nothing else.
const { API, TOKEN } = process.env;
const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };

async function call(method, path, body) {
  const response = await fetch(API + path, { method, headers, body: body && JSON.stringify(body) });
  if (response.status !== 200) throw new Error(`${method} ${path} answered ${response.status}`);
  return response.json();
}

async function run(path, body) {
  const { taskId, message } = await call('POST', path, body);
  if (!taskId || !message) throw new Error(`${path} answered no taskId or no message`);
  for (;;) {
    const result = await call('GET', `/tasks/${taskId}?wait=30000`);
    if (result.message !== 'Result not ready yet') return result;
  }
}

const [folder] = process.argv.slice(2);
const file = `${folder}/simple.txt`;
const show = ({ taskId, status, stdout, exitCode, error }) => {
  if (typeof taskId !== 'string') throw new Error('a result without taskId');
  console.log(JSON.stringify({ status, stdout, exitCode, error }));
};

show(await run('/tasks', { type: 'command', command: 'echo hello', timeout: 5000 }));
show(await run('/tasks', { command: 'exit 7' }));
show(await run('/files/write', { path: file, content: 'written' }));
show(await run('/files/read', { path: file }));
show(await run('/claude', { prompt: 'hi' }));
