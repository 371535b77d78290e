import { expect, test } from 'vitest';
import { readMysqlAddress } from './mysql-address.ts';

test('an address is read with what it escapes', () => {
  expect(readMysqlAddress('mariadb://a%40b:p%20w%25@db.example.com:3307/shop')).toEqual({
    address: {
      ...{ host: 'db.example.com', port: 3307, user: 'a@b', password: 'p w%' },
      ...{ database: 'shop', tls: 'disable' },
    },
  });
  expect(readMysqlAddress('mysql://reader@[::1]').address).toMatchObject({
    ...{ host: '::1', port: 3306 },
  });
});

test('TLS is asked for by the parameters that PostgreSQL has, and checks all unless told otherwise', () => {
  const tlsOf = (query: string) => readMysqlAddress(`mysql://u@db/shop${query}`).address?.tls;
  expect(tlsOf('')).toBe('disable');
  expect(tlsOf('?sslmode=require')).toBe('verify-full');
  expect(tlsOf('?sslrootcert=ca.pem')).toBe('verify-full');
  expect(tlsOf('?sslmode=verify-ca&sslrootcert=ca.pem')).toBe('verify-ca');
  expect(tlsOf('?sslmode=no-verify')).toBe('no-verify');
});

test.each([
  ['mysql://u:secret@db/shop?ssl=true', 'has the parameter ssl;'],
  ['mysql://u:secret@db/shop?sslmode=prefer', 'needs an sslmode of'],
  ['mysql://u:secret@db/shop?sslmode=disable&sslrootcert=ca.pem', 'sslmode=disable'],
  ['mysql://u:secret@10.0.0.1/shop?sslmode=verify-full', 'not an IP address'],
  ['mysql://u:secret%@db/shop', 'written %25'],
])('what is not understood is refused, without the password: %s', (url, said) => {
  const { problem } = readMysqlAddress(url);
  expect(problem).toContain(said);
  expect(problem).not.toContain('secret');
});
