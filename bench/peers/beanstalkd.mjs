// beanstalkd with a log that is flushed at every write, spoken to in its own protocol.
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { freePort, newFolder, startOn, stop } from '../kit/processes.mjs';
import { rateOf } from '../kit/stats.mjs';

const BEANSTALKD = '/usr/bin/beanstalkd';
const JOB = '{"command":"true"}';

export const peer = {
  isInstalled: () => existsSync(BEANSTALKD),
  how: 'apt-get install beanstalkd',
};

/** A connection that sends one command at a time and answers the first word of the reply and its number. */
class Line {
  static async open(port) {
    const line = new Line();
    line.socket = connect(port, '127.0.0.1').setNoDelay();
    line.text = '';
    line.socket.on('data', (bytes) => {
      line.text += bytes;
      const [head] = line.text.split('\r\n', 1);
      const [word, id, size] = head.split(' ');
      const whole = head.length + 2 + (word === 'RESERVED' ? Number(size) + 2 : 0);
      if (line.text.length < whole || !line.text.includes('\r\n')) return;
      line.text = line.text.slice(whole);
      line.answered({ word, id });
    });
    await once(line.socket, 'connect');
    return line;
  }

  ask(command) {
    return new Promise((resolve) => {
      this.answered = resolve;
      this.socket.write(command);
    });
  }
}

/** Jobs a second that are put, reserved and deleted, with `inFlight` of them on their way to `workers` workers. */
export async function rate({ inFlight, workers, ms }) {
  const folder = newFolder();
  const port = await freePort();
  const child = await startOn(port, BEANSTALKD, ['-l', '127.0.0.1', '-p', String(port), '-b', folder, '-f', '0']);
  const waiting = new Map();
  const early = new Set();
  let over = false;
  const work = async () => {
    const line = await Line.open(port);
    while (!over) {
      const { word, id } = await line.ask('reserve-with-timeout 1\r\n');
      if (word !== 'RESERVED') continue;
      await line.ask(`delete ${id}\r\n`);
      if (waiting.has(id)) waiting.get(id)();
      else early.add(id);
    }
    line.socket.destroy();
  };
  const crew = Array.from({ length: workers }, work);
  const idle = await Promise.all(Array.from({ length: inFlight }, () => Line.open(port)));
  const result = await rateOf(inFlight, ms, async () => {
    const line = idle.pop();
    const { id } = await line.ask(`put 0 0 60 ${JOB.length}\r\n${JOB}\r\n`);
    idle.push(line);
    if (early.delete(id)) return;
    await new Promise((resolve) => waiting.set(id, resolve));
    waiting.delete(id);
  });
  over = true;
  await Promise.all(crew);
  for (const { socket } of idle) socket.destroy();
  await stop(child);
  rmSync(folder, { recursive: true });
  return result;
}
