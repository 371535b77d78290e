import { expect, test } from 'vitest';
import { addressPrefix, clientOf } from './client-address.ts';

test.each([
  ['192.0.2.77', '192.0.2.0/24', '192.0.2.77'],
  ['::ffff:192.0.2.77', '192.0.2.0/24', '192.0.2.77'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0::/48', '2001:db8:0:0::/64'],
  ['::1', '0:0:0::/48', '0:0:0:0::/64'],
])('of %s the log gets %s, and one client is %s', (address, prefix, client) => {
  expect(addressPrefix(address)).toBe(prefix);
  expect(clientOf(address)).toBe(client);
});
