import { type APIInteraction, ChannelType } from 'discord-api-types/v10';
import type { AllowList } from '../discord-settings.js';

const THREADS: readonly ChannelType[] = [
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
];

/**
 * Whether whoever acts may: a user or a role of it is listed, and where channels are listed, it is in one of them, or in a
 * thread of one. A list that names nobody lets nobody act.
 */
export function mayAct({ member, user, channel }: APIInteraction, { users, roles, channels }: AllowList): boolean {
  const id = (member?.user ?? user)?.id;
  const known = (id !== undefined && users.has(id)) || (member?.roles ?? []).some((role) => roles.has(role));
  if (!known || channels.size === 0) return known;
  if (channel === undefined) return false;
  const parent = 'parent_id' in channel && THREADS.includes(channel.type as ChannelType) ? channel.parent_id : null;
  return [channel.id, parent].some((one) => one !== null && one !== undefined && channels.has(one));
}
