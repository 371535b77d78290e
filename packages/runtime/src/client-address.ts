/** An address as far as it is anybody's business: for the audit the network and not the person, for limits the client. */
import { isIPv4 } from 'node:net';

/** /24 of IPv4, /48 of IPv6. */
export const addressPrefix = (address: string): string => {
  const plain = plainAddress(address);
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  return `${leadingGroups(plain, 3)}::/48`;
};

/** What one client of IPv6 has all of is its /64; an IPv4 address is one client. */
export const clientOf = (address: string): string => {
  const plain = plainAddress(address);
  return isIPv4(plain) ? plain : `${leadingGroups(plain, 4)}::/64`;
};

/** IPv4 within IPv6 as IPv4. */
const plainAddress = (address: string): string => address.replace(/^::ffff:/i, '');

/** The first groups of an IPv6 address, `::` written out. */
const leadingGroups = (address: string, count: number): string => {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return groups.slice(0, count).join(':');
};
