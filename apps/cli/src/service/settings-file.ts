import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentOf, type Place, putFile, removeFile } from './supervisor.js';

/** Where the package managers of Linux and macOS put a Node that stays there over its updates. */
const LASTING_NODES = ['/usr/bin/node', '/usr/local/bin/node', '/opt/homebrew/bin/node'];

/** The worker's settings, which deploy/run reads: readable by their owner alone, since the token is among them. */
export class SettingsFile {
  readonly path: string;
  private readonly before: string | null;
  private text: string;

  constructor({ home, root }: Place) {
    this.path = join(home, '.config', 'openclaw-worker', 'worker.env');
    this.before = contentOf(this.path);
    this.text = this.before ?? readFileSync(join(root, 'deploy', 'worker.env.example'), 'utf8');
  }

  get isThere(): boolean {
    return this.before !== null;
  }

  /** Undefined for what is not set, or only as a comment. */
  get(name: string): string | undefined {
    const value = this.text.match(new RegExp(`^${name}=(.*)$`, 'm'))?.[1];
    return value?.replace(/^(["'])(.*)\1$/, '$2') || undefined;
  }

  /** In the place of what was set, or of the comment that shows how. */
  set(name: string, value: string): void {
    const line = new RegExp(`^#?${name}=.*$`, 'm');
    if (line.test(this.text)) this.text = this.text.replace(line, () => `${name}=${value}`);
    else this.text = `${this.text.trimEnd()}\n${name}=${value}\n`;
  }

  /** Which token of the server it is; undefined when `ocw` has not made it. */
  get tokenId(): string | undefined {
    return this.text.match(/^# The token is (\S+) of the server\.$/m)?.[1];
  }

  set tokenId(id: string | undefined) {
    const without = this.text.replace(/^# The token is \S+ of the server\.\n/m, '');
    this.text =
      id === undefined ? without : without.replace(/^WORKER_TOKEN=/m, `# The token is ${id} of the server.\n$&`);
  }

  /** Names the Node that runs this: a supervisor's PATH may lead to another, or to none. */
  setNode(): void {
    const here = realpathSync(process.execPath);
    const lasting = LASTING_NODES.find((path) => existsSync(path) && realpathSync(path) === here);
    this.set('OPENCLAW_NODE', lasting ?? process.execPath);
  }

  /** Answers whether anything had to be written. */
  save(): boolean {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    return putFile(this.path, this.text, 0o600);
  }

  remove(): boolean {
    return removeFile(this.path);
  }
}
