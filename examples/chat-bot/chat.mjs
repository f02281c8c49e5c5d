#!/usr/bin/env node
// A chat with your machine, without Discord. A line that begins with ! is run there; everything else is said to Claude Code
// there, in one conversation. OCW_URL and OCW_TOKEN say which server; OCW_WORKER, if it is set, which machine.
import { createInterface } from 'node:readline';
import { Client, RefusedError, UnreachableError } from 'openclaw-worker/client';

const { OCW_URL, OCW_TOKEN, OCW_WORKER: worker } = process.env;
if (!OCW_URL || !OCW_TOKEN) {
  console.error('Set OCW_URL and OCW_TOKEN.');
  process.exit(2);
}
const client = new Client({ url: OCW_URL, token: OCW_TOKEN });
const TEN_MINUTES = 600_000;
let sessionId;

/** @param {string} line @returns {Promise<string>} what to show for it */
async function reply(line) {
  if (line.startsWith('!'))
    return shown(await client.tasks.run({ command: line.slice(1), timeout: TEN_MINUTES, worker }));
  // Each of these is submitted once, however often it has to be sent, and waited for however long it takes.
  const record = await client.tasks.run({ type: 'claude-cli', prompt: line, sessionId, timeout: TEN_MINUTES, worker });
  if (record.status === 'completed') sessionId = record.sessionId;
  return shown(record);
}

function shown({ status, exitCode, error, stdout, stderr }) {
  const end = status === 'completed' ? '' : `[${status}: ${error ?? `exit code ${exitCode}`}]`;
  return (
    [stdout, stderr, end]
      .map((text) => text.trimEnd())
      .filter(Boolean)
      .join('\n') || '[done]'
  );
}

const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' });
lines.prompt();
for await (const line of lines) {
  if (line.trim() !== '') {
    try {
      console.log(await reply(line.trim()));
    } catch (error) {
      if (!(error instanceof RefusedError || error instanceof UnreachableError)) throw error;
      // The conversation outlives a call that went wrong.
      console.log(`[${error.message}]`);
    }
  }
  lines.prompt();
}
