/**
 * What to do next, once all is up.
 * @param {string} url
 * @param {{ token: string, source: string }} credentials
 */
export function banner(url, { token, source }) {
  const body = '{"command":"echo hello from $(hostname)"}';
  return `
OpenClaw Worker is up.

  Page    ${url} (sign in with the token)
  API     ${url}
  Docs    ${url}/docs
  Token   ${token}
          (from ${source})

Run something on this machine:

  curl -s ${quote(`${url}/tasks?wait=30000`)} -H ${quote(`Authorization: Bearer ${token}`)} -H 'Content-Type: application/json' -d ${quote(body)}

Or with the command for people, from this folder, its output live (ocw --help tells what else it does):

  export OCW_URL=${quote(url)} OCW_TOKEN=${quote(token)}
  npx ocw run 'for n in 1 2 3; do echo $n; sleep 1; done; echo hello from $(hostname)'

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
