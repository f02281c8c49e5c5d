import { Argument, type Command } from 'commander';
import { complete, completion, SHELLS } from '../commands/completion.js';
import { doctor } from '../commands/doctor.js';
import { login } from '../commands/login.js';
import { mcp } from '../commands/mcp.js';
import { listProfiles, removeProfile, useProfile } from '../commands/profiles.js';
import type { Usage } from './usage.js';

/** The commands that make `ocw` itself work. */
export function setup({ terminal, ended, add }: Usage, program: Command): void {
  add('login [url]', 'keep the address of a server and a token for it', [
    'ocw login https://tasks.example.org',
    'ocw login http://127.0.0.1:3456 --profile here < data/token',
  ]).action(async (url, options) => ended(await login(terminal, url ?? 'http://127.0.0.1:3456', options)));
  add('doctor', 'find out what keeps commands from running', ['ocw doctor', 'ocw doctor --profile work']).action(
    async (options) => ended(await doctor(terminal, options)),
  );
  add('mcp', 'be an MCP server on standard input and output, for an AI agent on this machine', [
    'claude mcp add ocw -- ocw mcp',
    'ocw mcp --profile work',
  ]).action(async (options) => ended(await mcp(terminal, options)));
  const group = add('profiles', 'the servers that are kept', ['ocw profiles']).action((options) =>
    ended(listProfiles(terminal, options)),
  );
  add('use <profile>', 'make one the current one', ['ocw profiles use work'], group).action((name, options) =>
    ended(useProfile(terminal, name, options)),
  );
  add('rm <profile>', 'forget one, with its token', ['ocw profiles rm work'], group).action((name, options) =>
    ended(removeProfile(terminal, name, options)),
  );
  add('completion', 'print what lets a shell complete commands, tasks, workers and schedules', [
    'ocw completion bash >> ~/.bashrc',
    'ocw completion zsh >> ~/.zshrc',
    'ocw completion fish > ~/.config/fish/completions/ocw.fish',
  ])
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell) => ended(completion(terminal, shell)));
  program
    .command('__complete [words...]', { hidden: true })
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words) => ended(await complete(terminal, program, words)));
}
