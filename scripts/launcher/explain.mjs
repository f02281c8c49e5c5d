/**
 * The cause and the fix of a failed start, where its message is a known one.
 * @param {string} text what the program printed, or an error's message
 * @param {{ host: string, port: number }} address where the API was to listen
 * @returns {string | null}
 */
export function explain(text, { host, port }) {
  if (text.includes('EADDRINUSE')) {
    return `Port ${port} is in use, perhaps by another \`npm start\`. End that program, or set WORKER_PORT to a free port: WORKER_PORT=${port + 1} npm start`;
  }
  if (text.includes('listen EACCES'))
    return `Port ${port} is not allowed for this user. Set WORKER_PORT to one above 1023.`;
  if (text.includes('EADDRNOTAVAIL')) return `HOST=${host} is not an address of this machine.`;
  if (/ERR_DLOPEN_FAILED|NODE_MODULE_VERSION/.test(text)) {
    return 'The native module better-sqlite3 was built for another Node: run `npm rebuild better-sqlite3`.';
  }
  return null;
}
