// How fast output goes from a process into the storage, a real worker between them.
import { Client } from '../kit/client.mjs';
import { Ours } from '../kit/processes.mjs';

async function streamed({ short }) {
  const megabytes = short ? 50 : 400;
  const server = await Ours.start({ workers: 1 });
  const client = new Client(server.url);
  const began = performance.now();
  const command = `head -c ${megabytes}000000 /dev/zero | tr '\\0' x | fold -w 99`;
  const record = await client.post('/tasks?wait=60000', { command, timeout: 60_000 });
  if (record.status !== 'completed') throw new Error(`the task ended as ${record.status}`);
  const seconds = (performance.now() - began) / 1000;
  await client.close();
  await server.stop();
  return { 'MB/s': megabytes / seconds };
}

export default {
  title: 'Output: printed by a process, seen by the worker, kept by the server',
  unit: 'MB/s',
  contestants: { ours: { run: streamed } },
  targets: [],
};
