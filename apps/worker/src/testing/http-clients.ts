import { HttpClient, type ServerAddress } from '../server/http-client.js';

export const TEST_TOKEN = 'the-token-of-this-test';

const open: HttpClient[] = [];

/** A client of worker "mac"; `closeClients` ends its connections. */
export function httpClient(server: Pick<ServerAddress, 'url'> & Partial<ServerAddress>): HttpClient {
  const proxy = { http: '', https: '', exempt: '' };
  const client = new HttpClient({ token: TEST_TOKEN, name: 'mac', version: '1.2.3', proxy, ...server });
  open.push(client);
  return client;
}

export async function closeClients(): Promise<void> {
  await Promise.all(open.splice(0).map((client) => client.close()));
}
