import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Ocw } from './ocw.js';
import { type Installation, TOKEN } from './programs.js';

export type Way = 'http' | 'stdio';
/** The protocol with a handshake, as it was until 2025, and without. */
export type Era = 'legacy' | 'modern';

export interface Answered {
  content: { type: string; text: string }[];
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  structuredContent?: any;
  isError?: boolean;
}

export interface Listening {
  signal?: AbortSignal;
  onProgress?: (message: string) => void;
}

/** An agent that uses the tools of an installation by the official client. */
export class Agent {
  private constructor(readonly client: Client) {}

  static async connect(here: Installation, way: Way, era: Era, token = TOKEN): Promise<Agent> {
    const mode = era === 'modern' ? { pin: '2026-07-28' } : ('legacy' as const);
    const client = new Client({ name: 'a-test', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(way === 'http' ? overHttp(here, token) : overStdio(here, token));
    return new Agent(client);
  }

  async use(name: string, given: object = {}, { signal, onProgress }: Listening = {}): Promise<Answered> {
    const onprogress = onProgress && (({ message = '' }: { message?: string }) => onProgress(message));
    const asked = { name, arguments: given as Record<string, unknown> };
    return (await this.client.callTool(asked, { signal, onprogress })) as Answered;
  }

  /** What a tool answers to a program. */
  async ask(name: string, given: object = {}) {
    return (await this.use(name, given)).structuredContent;
  }

  end(): Promise<void> {
    return this.client.close();
  }
}

function overHttp(here: Installation, token: string) {
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  return new StreamableHTTPClientTransport(new URL(`${here.url}/mcp`), { requestInit });
}

function overStdio(here: Installation, token: string) {
  const ocw = new Ocw(here);
  const env = ocw.variables({ OCW_TOKEN: token });
  return new StdioClientTransport({ command: process.execPath, args: [ocw.script, 'mcp'], env });
}
