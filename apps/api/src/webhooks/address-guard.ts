import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.parse>;
type Range = [Address, number];

/** What may be connected to: public addresses, and those that the operator allows. */
export class AddressGuard {
  private readonly allowed: readonly Range[];

  /** @param allowed addresses, and ranges such as `10.0.0.0/8` */
  constructor(allowed: readonly string[]) {
    this.allowed = allowed.map(rangeOf);
  }

  /**
   * Resolves a name as `dns.lookup` does, for the connection that is made next: what it answers is what is connected to, so
   * that a name which leads elsewhere a moment later changes nothing. One address that may not be is enough to refuse.
   */
  readonly lookup: LookupFunction = (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return done(error, '');
      const refused = found.find(({ address }) => !this.allows(address));
      const [first] = found;
      if (refused || !first) return done(new RefusedAddress(refused?.address ?? hostname), '');
      if (options.all) return done(null, found);
      done(null, first.address, first.family);
    });
  };

  /** Throws `RefusedAddress` for a host that is an address itself, which nobody looks up. */
  check(host: string): void {
    if (isIP(host) !== 0 && !this.allows(host)) throw new RefusedAddress(host);
  }

  private allows(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.parse(text);
    // What is routed in the open and has no other meaning: not IPv4 in IPv6, for one, nor what leads to it.
    return address.range() === 'unicast' || this.allowed.some((range) => isWithin(address, range));
  }
}

/** The message goes to people who made the webhook: it names the address and the setting. */
class RefusedAddress extends Error {
  constructor(address: string) {
    super(
      `${address} is not a public address: messages go there only when WEBHOOK_ALLOWED_ADDRESSES of the server names it`,
    );
    this.name = 'RefusedAddress';
  }
}

const isWithin = (address: Address, range: Range): boolean =>
  address.kind() === range[0].kind() && address.match(range);

function rangeOf(text: string): Range {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
