import { VERSION } from '#version';
import { EXIT } from '../exit-codes.js';
import { McpBridge } from '../mcp-bridge.js';
import { type CommonOptions, openSession } from '../session.js';
import { say, type Terminal } from '../terminal.js';

/** What one message may have: more than the server takes. Bytes. */
const LONGEST_MESSAGE = 64 * 1_048_576;

/** Passes MCP on, from standard input and output to the server's `/mcp`, until its input ends. The tools are the server's. */
export async function mcp(terminal: Terminal, options: CommonOptions): Promise<number> {
  const { profile } = openSession(terminal, options);
  // Only here: every other command would wait for them to be loaded.
  const [{ StreamableHTTPClientTransport }, { StdioServerTransport }] = await Promise.all([
    import('@modelcontextprotocol/client'),
    import('@modelcontextprotocol/server/stdio'),
  ]);
  const headers = { Authorization: `Bearer ${profile.token}`, 'User-Agent': `ocw/${VERSION} mcp` };
  const server = new StreamableHTTPClientTransport(new URL(`${profile.url.replace(/\/+$/, '')}/mcp`), {
    requestInit: { headers },
  });
  const client = new StdioServerTransport(terminal.stdin, terminal.stdout, { maxBufferSize: LONGEST_MESSAGE });
  // Standard output is the protocol's alone.
  client.onerror = ({ message }) => say(terminal, message);
  await new McpBridge(client, server).run();
  return EXIT.ok;
}
