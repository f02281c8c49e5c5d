import { Installation, type Program } from '../programs.js';
import { FakeDiscord } from './fake-discord.js';

/** Both programs with a Discord of their own. */
export class DiscordInstallation {
  private readonly apis: Program[] = [];

  private constructor(
    readonly discord: FakeDiscord,
    readonly here: Installation,
    private readonly settings: Record<string, string>,
  ) {}

  static async start(settings: Record<string, string> = {}): Promise<DiscordInstallation> {
    const installation = new DiscordInstallation(await FakeDiscord.start(), new Installation(), settings);
    await installation.startApi();
    return installation;
  }

  async startApi() {
    const api = await this.here.startApi({ ...this.discord.settings, LOG_LEVEL: 'trace', ...this.settings });
    this.apis.push(api);
    this.discord.endpoint = this.here.url;
    return api;
  }

  /** Every line that the API has logged, over all its starts. */
  log(): string[] {
    return this.apis.flatMap(({ lines }) => lines);
  }

  /** Ends the API as a power cut does, and starts it again at the same address. */
  async restartApi() {
    await this.here.stopApi();
    return this.startApi();
  }

  /** With a claude of its own on the PATH. */
  async startWorker(env: Record<string, string> = {}) {
    await this.here.installClaude();
    return this.here.startWorker({ WORKER_NAME: 'mac', ...env });
  }

  async end(): Promise<void> {
    await this.here.end();
    await this.discord.stop();
  }
}
