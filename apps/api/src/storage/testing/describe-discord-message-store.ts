import { expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { type DiscordMessage, messageOfEnd } from '../../domain/discord-message.js';
import { aTask, operator } from './builders.js';
import { type MakeStore, storeFixture } from './store-fixture.js';

const MINUTE = 60_000;
const ANY = ['progress', 'end', 'output'] as const;

/** The behaviour that every adapter of the port shows. */
export function describeDiscordMessageStore(makeStore: MakeStore): void {
  const { messages, store, submit, claim, report, now, advance, reopen, changes, auditTrail } = storeFixture(makeStore);
  const pending = () => messages().pending(ANY, 0, 10);
  const aMessage = (change: Partial<DiscordMessage> = {}): DiscordMessage => ({
    purpose: 'progress',
    channelId: '1180000000000000001',
    interaction: { token: 'a-token', expiresAt: now().wall + 15 * MINUTE },
    fileBytes: 1000,
    ...change,
  });
  const ended = async (change: Parameters<typeof submit>[0] = {}) => {
    const { id } = await submit(change);
    await claim();
    await report(id);
    return id;
  };

  it('keeps what a task comes with over a restart, and tells of it', async () => {
    const discord = aMessage();
    const { id } = await submit({ discord });
    expect(changes()).toContainEqual({ kind: 'discord' });
    await reopen();
    expect(await pending()).toEqual([{ ...discord, seq: expect.any(Number), taskId: id }]);
  });

  it('adds nothing for a task that comes without, or that was submitted before', async () => {
    await submit();
    const key = { tokenId: 'discord:1', key: 'interaction', requestHash: 'x' };
    for (const _ of [1, 2]) await store().submit([aTask({ discord: aMessage() })], key, operator, now());
    expect(await pending()).toHaveLength(1);
  });

  it('goes on after a number, oldest first', async () => {
    for (let n = 0; n < 3; n++) await submit({ discord: aMessage() });
    const [first, second] = await messages().pending(ANY, 0, 2);
    expect(await messages().pending(ANY, first?.seq ?? 0, 1)).toEqual([second]);
  });

  it('tells of those for the purposes that are asked for, however many others there are', async () => {
    for (let n = 0; n < 3; n++) await submit({ discord: messageOfEnd('1180000000000000002') });
    const { id } = await submit({ discord: aMessage() });
    expect(await messages().pending(['progress', 'output'], 0, 1)).toMatchObject([{ taskId: id }]);
    expect(await messages().pending(['end'], 0, 10)).toHaveLength(3);
  });

  it('adds one to a task that is there', async () => {
    const { id } = await submit();
    expect(await messages().add(id, aMessage({ purpose: 'output' }))).toBe(true);
    expect(await messages().add(uuidv7(), aMessage())).toBe(false);
    expect(await pending()).toMatchObject([{ taskId: id, purpose: 'output' }]);
  });

  it('adds one to a retry: as asked for, or for the channel that the task names', async () => {
    const callbackChannel = '1180000000000000002';
    const id = await ended({ input: { shown: { command: 'true', callbackChannel }, bulky: null, variables: null } });
    const [copy, another] = [uuidv7(), uuidv7()];
    await store().retry(id, copy, null, operator, now());
    await store().retry(id, another, null, operator, now(), aMessage());
    expect(await pending()).toMatchObject([
      { taskId: copy, ...messageOfEnd(callbackChannel) },
      { taskId: another, purpose: 'progress' },
    ]);
  });

  it('forgets a token, or all whose time is over, and keeps the message', async () => {
    const [first, second] = [await submit({ discord: aMessage() }), await submit({ discord: aMessage() })];
    const [one] = await pending();
    await messages().forgetToken(one?.seq ?? 0);
    expect(await messages().forgetTokens(now().wall)).toBe(0);
    expect((await pending()).map(({ interaction }) => interaction?.token)).toEqual([undefined, 'a-token']);
    expect(await messages().forgetTokens(advance(15 * MINUTE).wall)).toBe(1);
    expect(await pending()).toMatchObject([
      { taskId: first.id, interaction: null },
      { taskId: second.id, interaction: null },
    ]);
  });

  it('removes what was told, and what its task was removed with', async () => {
    const id = await ended({ discord: aMessage() });
    await submit({ discord: aMessage() });
    await store().remove(id, operator, now());
    const [left] = await pending();
    await messages().remove(left?.seq ?? 0);
    expect(await pending()).toEqual([]);
  });

  it('puts no token into the audit', async () => {
    await submit({ discord: aMessage() });
    expect(JSON.stringify(await auditTrail())).not.toContain('a-token');
  });
}
