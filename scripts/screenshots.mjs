// Draws docs/screens/ from the real program: a server and a worker of its own, on a folder that is thrown away, with a day's
// work in it. Needs Chromium, at CHROMIUM_PATH when that is not /usr/bin/chromium.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { DiscordStandIn } from '../bench/kit/discord.mjs';
import { Ours, TOKEN } from '../bench/kit/processes.mjs';
import { OpenClawClient } from '../dist/libs/client/index.js';
import { discordPage } from './discord-page.mjs';

const folder = new URL('../docs/screens/', import.meta.url);
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'];

const DONE = [
  'uname -sm',
  'echo "42 files checked, 0 broken"',
  'printf "%s\\n" "lint: 214 files" "types: no errors" "tests: 96 passed"',
  'echo "fatal: could not read from remote repository" >&2; exit 128',
  'df -h / | tail -n 1',
];
const BUILD = `printf '\\033[1m> site@2.4.0 build\\033[0m\\n\\n'
for page in index pricing docs/start docs/api blog/2026; do printf '\\033[32m✓\\033[0m %s.html\\n' "$page"; done
echo 'warning: 1 image has no alternative text' >&2
printf '\\n\\033[36mwaiting for changes\\033[0m\\n'
exec sleep 600`;
const SCHEDULES = [
  {
    name: 'Nightly backup',
    cron: '30 2 * * *',
    timezone: 'Europe/Berlin',
    task: { command: 'echo "saved 1.2 GiB"' },
    runs: 6,
  },
  {
    name: 'Check the mirror',
    cron: '*/10 8-18 * * mon-fri',
    timezone: 'America/New_York',
    task: { command: 'test -e mirror' },
    runs: 3,
  },
  { name: 'Weekly report', cron: '0 9 * * 1', task: { command: 'echo report' }, enabled: false, runs: 1 },
];

/** A day's work, in which something has failed; answers the id of what still runs. */
async function fill(client) {
  for (const command of DONE) await client.tasks.wait((await client.tasks.submit({ command })).taskId);
  for (const { runs, ...terms } of SCHEDULES) {
    const { id } = await client.schedules.create(terms);
    for (let run = 0; run < runs; run += 1) await client.tasks.wait((await client.schedules.run(id)).taskId);
  }
  const { taskId } = await client.tasks.submit({ command: BUILD, cwd: '~', timeout: 3_600_000 });
  await client.tasks.submit({ command: 'xcodebuild -scheme App archive', tags: ['xcode'] });
  return taskId;
}

async function draw(browser, url, taskId) {
  const pages = { now: '/', task: `/ui/tasks/${taskId}`, schedules: '/ui/schedules' };
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of THEMES) {
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto(url);
      await page.getByLabel('Token', { exact: true }).fill(TOKEN);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(url + path);
        await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
        await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
        // The stream of events stays open, so the network never rests: all that is read at first has been by then.
        await page.waitForTimeout(1500);
        await page.screenshot({ path: fileURLToPath(new URL(`${name}-${size}-${colorScheme}.png`, folder)) });
      }
      await context.close();
    }
  }
}

/** A worker that is to end waits for what it runs. */
async function cancelAll({ tasks }) {
  const { items } = await tasks.list({ status: 'running' });
  for (const { id } of items) await tasks.cancel(id);
}

const ASKED = [
  { name: 'run', options: { command: './build.sh', worker: 'mac-mini' }, asked: '/run', until: 'waiting for changes' },
  { name: 'run', options: { command: 'uptime' }, asked: '/run', until: 'done on' },
  { name: 'claude', options: { prompt: 'what is in this folder?' }, asked: '/claude', until: 'done on' },
];

/** What the server sends to Discord for a few commands. */
async function messages(discord, url) {
  const drawn = [];
  for (const { name, options, asked, until } of ASKED) {
    const { states } = await discord.run(url, name, options);
    drawn.push({ asked, ...(await states.until(({ content }) => content.includes(until))) });
  }
  return drawn;
}

async function drawDiscord(browser, drawn) {
  for (const colorScheme of THEMES) {
    const context = await browser.newContext({ viewport: SIZES.phone, colorScheme });
    const page = await context.newPage();
    await page.setContent(discordPage(drawn, colorScheme));
    await page.screenshot({
      path: fileURLToPath(new URL(`discord-phone-${colorScheme}.png`, folder)),
      fullPage: true,
    });
    await context.close();
  }
}

/** A build, and a claude on the PATH of the worker's login shell, which gives one answer. */
function furnish(home) {
  writeFileSync(join(home, 'build.sh'), `#!/bin/sh\n${BUILD}\n`, { mode: 0o755 });
  const answer = 'Three things: a README, the sources under src/, and tests that all pass.';
  writeFileSync(join(home, 'claude'), `#!/bin/sh\ncat >/dev/null\necho '${answer}'\n`, { mode: 0o755 });
  writeFileSync(join(home, '.profile'), `PATH='${home}':"$PATH"\nexport PATH\n`);
}

const discord = await DiscordStandIn.start();
const ours = await Ours.start({ env: discord.settings });
furnish(ours.folder);
ours.workers.push(await ours.startWorker(0, { WORKER_NAME: 'mac-mini', WORKER_TAGS: 'build' }));
try {
  mkdirSync(folder, { recursive: true });
  const taskId = await fill(new OpenClawClient({ url: ours.url, token: TOKEN }));
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args });
  await draw(browser, ours.url, taskId);
  await drawDiscord(browser, await messages(discord, ours.url));
  await browser.close();
} finally {
  await cancelAll(new OpenClawClient({ url: ours.url, token: TOKEN }));
  await ours.stop();
  discord.stop();
}
