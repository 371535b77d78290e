import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { certificateNames, credentialOf } from './credential.ts';

const from = (headers: Record<string, string>, url = '/v1/events/a/b', socket: object = {}) =>
  credentialOf({ headers, url, socket } as unknown as IncomingMessage);

test.each([
  [{ authorization: 'Bearer mrk_a_b' }, { kind: 'key', token: 'mrk_a_b', fromUrl: false }],
  [{ authorization: 'bearer  mrk_a_b ' }, { kind: 'key', token: 'mrk_a_b', fromUrl: false }],
  [{ authorization: 'Bearer aaa.bbb.ccc' }, { kind: 'jwt', token: 'aaa.bbb.ccc' }],
  [{ authorization: 'Bearer aaa.bbb.' }, { kind: 'other' }],
  [{ authorization: 'Basic bXJrOg==' }, { kind: 'other' }],
  [{ authorization: 'Bearer a b' }, { kind: 'other' }],
  [{ authorization: '' }, { kind: 'other' }],
  [{ 'x-api-key': 'mrk_a_b' }, { kind: 'key', token: 'mrk_a_b', fromUrl: false }],
  [{ authorization: 'Basic x', 'x-api-key': 'mrk_a_b' }, { kind: 'other' }],
  [{}, undefined],
])('%j is read as %j', (headers, credential) => {
  expect(from(headers as Record<string, string>)).toEqual(credential);
});

test('a key in the URL is taken from the query, and headers come first', () => {
  expect(from({}, '/v1/events/a/b?x=1&key=mrk_a_b')).toEqual({
    kind: 'key',
    token: 'mrk_a_b',
    fromUrl: true,
  });
  expect(from({ 'x-api-key': 'mrk_c_d' }, '/?key=mrk_a_b')).toMatchObject({ token: 'mrk_c_d' });
  expect(from({}, '/v1/events/key=mrk_a_b')).toBeUndefined();
});

test('only a certificate that the CA vouches for counts, and its names are read once a connection', () => {
  let read = 0;
  const socket = (authorized: boolean) => ({
    authorized,
    getPeerCertificate: () => {
      read += 1;
      return { subject: { CN: 'loader' }, subjectaltname: 'DNS:a.example, URI:spiffe://a/b' };
    },
  });
  expect(from({}, '/', socket(false))).toBeUndefined();
  expect(read).toBe(0);
  const good = socket(true);
  for (let request = 0; request < 3; request += 1)
    expect(from({}, '/', good)).toEqual({
      kind: 'certificate',
      names: ['CN=loader', 'DNS:a.example', 'URI:spiffe://a/b'],
    });
  expect(read).toBe(1);
});

test('an alternative name with a comma inside does not become two names', () => {
  expect(certificateNames({ subjectaltname: 'URI:"http://x, DNS:admin.example, y"' })).toEqual([]);
  expect(certificateNames({ subject: { CN: ['a', 'b'] } })).toEqual([]);
});
