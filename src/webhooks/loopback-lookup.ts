import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, type LookupFunction } from 'node:net';

/** As `dns.lookup` with `all`. */
export type ResolveAll = (
  hostname: string,
  options: { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const isLoopbackName = (hostname: string): boolean => /^(.*\.)?localhost$/i.test(hostname);
const isLoopbackAddress = ({ address, family }: LookupAddress): boolean =>
  loopback.check(address, family === 6 ? 'ipv6' : 'ipv4');

/**
 * Resolves host names for connections, at the moment of each. A name that stands for this machine leads to this machine only, whatever a
 * name server says; what other names stand for is the word of the operator who allowed them.
 */
export const loopbackLookup =
  (resolve: ResolveAll = lookup): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const usable = isLoopbackName(hostname) ? addresses.filter(isLoopbackAddress) : addresses;
      const [first] = usable;
      if (first === undefined) return callback(new Error(`${hostname} does not lead to this machine`), []);
      if (options.all === true) callback(null, usable);
      else callback(null, first.address, first.family);
    });
  };
