/**
 * What to do next, once all is up.
 * @param {string} url
 * @param {{ token: string, source: string }} credentials
 */
export function banner(url, { token, source }) {
  const body = '{"command":"echo hello from $(hostname)"}';
  return `
OpenClaw Worker is up.

  API     ${url}
  Docs    ${url}/docs
  Token   ${token}
          (from ${source})

Run something on this machine:

  curl -s ${quote(`${url}/tasks?wait=30000`)} -H ${quote(`Authorization: Bearer ${token}`)} -H 'Content-Type: application/json' -d ${quote(body)}

Ctrl-C stops both.

`;
}

/**
 * One word for bash and zsh, whatever it contains.
 * @param {string} text
 */
function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
