import { expect, test } from 'vitest';
import { isOwnHost, isSameOrigin, ownAddress } from './same-origin.ts';

const own = { publicUrl: 'https://quality.example', checksHost: false };

test.each([
  [{ host: 'a:1', origin: 'http://a:1' }, true],
  [{ host: 'a:1', origin: 'https://quality.example' }, true],
  [{ host: 'a:1', origin: 'http://quality.example' }, false],
  [{ host: 'a:1', origin: 'http://a:2' }, false],
  [{ host: 'a:1', origin: 'http://a:1.evil.example' }, false],
  [{ host: 'a:1', origin: 'null' }, false],
  [{ host: 'a:1', origin: 'http://b', 'sec-fetch-site': 'same-origin' }, false],
  [{ host: 'a:1', 'sec-fetch-site': 'same-origin' }, true],
  [{ host: 'a:1', 'sec-fetch-site': 'none' }, true],
  [{ host: 'a:1', 'sec-fetch-site': 'same-site' }, false],
])('a request with %j is of our own page: %s', (headers, is) => {
  expect(isSameOrigin(headers, own, !is)).toBe(is);
});

test('without a word of a browser it is as the caller says', () => {
  expect(isSameOrigin({ host: 'a' }, own, true)).toBe(true);
  expect(isSameOrigin({ host: 'a' }, own, false)).toBe(false);
});

test.each([
  ['localhost:8090', true],
  ['127.0.0.1:8090', true],
  ['[::1]:8090', true],
  ['quality.example', true],
  ['localhost.evil.example:8090', false],
  ['evil.example', false],
  ['', false],
])('an open service on this machine is asked as %s: %s', (host, is) => {
  expect(isOwnHost({ host }, { ...own, checksHost: true })).toBe(is);
  expect(isOwnHost({ host }, own)).toBe(true);
});

test.each([
  ['127.0.0.1', undefined, true, false],
  // as in a container whose port is published on 127.0.0.1 alone
  ['0.0.0.0', 'http://localhost:8090', true, false],
  ['0.0.0.0', undefined, true, true],
  ['0.0.0.0', 'http://localhost:8090', false, true],
])(
  'bound to %s, opened at %s, open: %s: a page of another name may ask: %s',
  (host, publicUrl, isOpen, may) => {
    const address = ownAddress({ host, publicUrl }, isOpen);
    expect(isOwnHost({ host: 'evil.example:8090' }, address)).toBe(may);
    expect(isOwnHost({ host: 'localhost:8090' }, address)).toBe(true);
  },
);
