// The worker under pm2: `pm2 start deploy/pm2/ecosystem.config.cjs --only openclaw-worker`. The API too, on a box without
// systemd: `--only openclaw-api`.
//
// pm2's habits fit a worker badly: it signals the whole process tree, so that every running task dies of SIGINT, and
// kills what is left 1.6 s later. Here it signals the worker alone, which takes SIGINT as it takes SIGTERM: nothing new
// is taken, and it ends when its tasks have. Sooner: `kill $(cat ~/.pm2/pids/openclaw-worker-0.pid)` cancels what runs
// (pm2's own sendSignal does nothing while a process is stopping).
//
// No secret is in this file, in pm2's process list or in what `pm2 save` writes: deploy/run reads the env file.
const { homedir } = require('node:os');
const { join, resolve } = require('node:path');

const HOUR = 3_600_000;
const logs = process.env.OPENCLAW_LOG_DIR ?? join(homedir(), '.openclaw-worker', 'logs');

const program = (name, kill_timeout) => ({
  name: `openclaw-${name}`,
  cwd: resolve(__dirname, '../..'),
  script: 'deploy/run',
  args: name,
  interpreter: 'none',
  // One worker holds one identity; the cluster mode would start two.
  exec_mode: 'fork',
  instances: 1,
  autorestart: true,
  // Pauses grow from half a second to fifteen between starts that fail.
  exp_backoff_restart_delay: 500,
  treekill: false,
  // How often pm2 looks, and logs, whether a stopping process is still there.
  kill_retry_time: 1000,
  watch: false,
  // A token in the shell that runs pm2 would otherwise be kept by `pm2 save`.
  filter_env: ['WORKER_TOKEN', 'OCW_TOKEN', 'TOKEN'],
  // The lines are JSON with a time of their own.
  time: false,
  merge_logs: true,
  kill_timeout,
  out_file: join(logs, `${name}.log`),
  error_file: join(logs, `${name}-error.log`),
});

module.exports = {
  apps: [
    // Above the longest task (24 h).
    program('worker', 25 * HOUR),
    // Above SHUTDOWN_GRACE_MS (10 s unless set).
    program('api', 30_000),
  ],
};
