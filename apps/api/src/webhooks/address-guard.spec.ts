import { type LookupAddress, lookup } from 'node:dns';
import { describe, expect, it } from '@jest/globals';
import { AddressGuard } from './address-guard.js';

const refusal = (guard: AddressGuard, host: string) => {
  try {
    guard.check(host);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};
const refuses = (host: string, ...allowed: string[]) => refusal(new AddressGuard(allowed), host) !== null;

describe('AddressGuard', () => {
  it.each([
    ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
    ['link-local, where clouds keep credentials', '169.254.169.254', 'fe80::1', 'fe80::1%1'],
    ['unspecified', '0.0.0.0', '::'],
    ['shared by a carrier', '100.64.0.1'],
    ['for documentation, tests and protocols', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '192.0.0.1'],
    ['multicast and broadcast', '224.0.0.1', '255.255.255.255', 'ff02::1'],
    ['reserved', '240.0.0.1'],
    ['IPv4 in IPv6', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '::ffff:0:127.0.0.1'],
    ['IPv4 behind a translator', '64:ff9b::7f00:1', '64:ff9b:1::7f00:1', '2002:7f00:1::', '2001::7f00:1'],
    ['what used to be site-local', 'fec0::1'],
  ])('refuses what is %s', (_, ...hosts) => {
    expect(hosts.filter((host) => !refuses(host))).toEqual([]);
  });

  it('lets public addresses pass', () => {
    expect(
      ['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '2a00:1450::1'].filter((host) => refuses(host)),
    ).toEqual([]);
  });

  it('names the address and the setting', () => {
    expect(refusal(new AddressGuard([]), '10.1.2.3')).toBe(
      '10.1.2.3 is not a public address: messages go there only when WEBHOOK_ALLOWED_ADDRESSES of the server names it',
    );
  });

  it('lets pass what the operator allows, of either family, and nothing beside it', () => {
    const allowed = ['127.0.0.1', '10.0.0.0/8', 'fd00::/8', '::1'];
    expect(['127.0.0.1', '10.255.0.1', 'fd12::1', '::1'].filter((host) => refuses(host, ...allowed))).toEqual([]);
    expect(['127.0.0.2', '11.0.0.1', '192.168.0.1', 'fc00::1'].filter((host) => !refuses(host, ...allowed))).toEqual([
      '11.0.0.1',
    ]);
  });

  it('looks names up, and refuses one that leads to a private address', async () => {
    const found = await new Promise<LookupAddress[]>((resolve, reject) =>
      lookup('localhost', { all: true }, (error, all) => (error ? reject(error) : resolve(all))),
    );
    const resolved = (guard: AddressGuard, all: boolean) =>
      new Promise((resolve) =>
        guard.lookup('localhost', { all }, (error, address) => resolve(error?.message ?? address)),
      );
    expect(await resolved(new AddressGuard([]), true)).toMatch(/is not a public address/);
    expect(await resolved(new AddressGuard([]), false)).toMatch(/is not a public address/);
    const allowing = new AddressGuard(['127.0.0.0/8', '::1']);
    expect(await resolved(allowing, true)).toEqual(found);
    expect(await resolved(allowing, false)).toBe(found[0]?.address);
  });

  it('passes on what the resolver has to say', async () => {
    const guard = new AddressGuard([]);
    const error = await new Promise<NodeJS.ErrnoException | null>((resolve) =>
      guard.lookup('no-such-name.invalid', {}, resolve),
    );
    expect(error?.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });
});
