import { type OpenClawClient, RefusedError } from '#client';

/** What the token may do, as far as asking tells. */
export async function roleOf(client: OpenClawClient): Promise<'admin' | 'viewer' | 'client'> {
  if (await allows(() => client.tokens.list())) return 'admin';
  if (await allows(() => client.audit.list({}, { limit: 1 }))) return 'viewer';
  // Anything else is told of: a token that is not known, or one that is good for a worker alone.
  await client.tasks.list({}, { limit: 1 });
  return 'client';
}

async function allows(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof RefusedError && error.status === 403) return false;
    throw error;
  }
}
