export { COMMANDS } from './commands.js';
export { type Registration, registerCommands } from './registration.js';
export { DEFAULT_API_URL, DiscordFailure, DiscordRest, type SentFile } from './rest.js';
