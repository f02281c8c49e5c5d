const REDACTED = '[redacted]';

/** Names of what is never shown, wherever it stands: secrets, and what people give to their tasks and get of them. */
const KEYS = [
  ...['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'password', 'secret', 'token'],
  ...['worker_token', 'audit_signing_key', 'private_key', 'privateKey', 'signingKey'],
  ...['env', 'variables', 'stdin', 'content', 'bulky', 'old_string', 'new_string', 'oldString', 'newString'],
  ...['stdout', 'stderr', 'params'],
].join('|');
const SECRET_KEY = new RegExp(`^(?:${KEYS})$`, 'i');
/** Such a name and its value inside a text: as JSON, quoted however often, or as an object that was printed. */
const SECRET_INSIDE = new RegExp(String.raw`"(?:${KEYS})\\*"\s*:|\b(?:${KEYS})'?:\s*\\*["'${'`'}{[]`, 'i');
const FROM_SECRET_ON = new RegExp(`(${SECRET_INSIDE.source}).*`, 'is');

/** What looks like a token of ours, a header that carries one, or a private key. An escaped character of JSON counts as one. */
const TOKENS = [
  'ocw_[A-Za-z0-9_-]{20,}',
  String.raw`[Bb]earer\s+(?:[^\s"\\]|\\.)+`,
  '-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----',
];

/** Shorter ones would blot out ordinary words. */
const SHORTEST_SECRET = 16;

/**
 * Makes what takes secrets out of a line of the log: `secrets` wherever they stand, tokens by their looks, and the values
 * of fields that hold what is nobody's business. A line is one JSON object and stays one.
 */
export function scrubber(secrets: readonly string[]): (line: string) => string {
  const literals = secrets
    .flatMap((secret) => secret.split(/\s+/))
    .filter((part) => part.length >= SHORTEST_SECRET)
    .flatMap((part) => [part, encodeURIComponent(part)]);
  const known = [...new Set(literals)].sort((a, b) => b.length - a.length).map(asPattern);
  const secret = new RegExp([...known, ...TOKENS].join('|'), 'g');
  return (line) => (SECRET_INSIDE.test(line) ? withoutFields(line) : line).replace(secret, REDACTED);
}

/** Finds the text also inside another text, where its quotes and backslashes are escaped once more at each level. */
function asPattern(text: string): string {
  return text.replace(/\\+|[$.*+?^()[\]{}|/"]/g, (found) => {
    if (found === '"') return String.raw`\\+"`;
    return found.startsWith('\\') ? String.raw`(?:\\\\)+` : `\\${found}`;
  });
}

/** A rare line, so that taking it apart may cost something. */
function withoutFields(line: string): string {
  const clean = (key: string, value: unknown) => {
    if (value === null) return null;
    if (SECRET_KEY.test(key)) return REDACTED;
    return typeof value === 'string' ? value.replace(FROM_SECRET_ON, `$1${REDACTED}`) : value;
  };
  return `${JSON.stringify(JSON.parse(line, clean))}\n`;
}
