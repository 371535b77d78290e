import { expect, test } from 'vitest';
import { claimOf, claimOfRecord } from './claim-of.ts';

const record = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]));
const own = '/v1/events/shop/orders';
/** Of a stream whose senders choose ids, and of one whose contract gives them. */
const sender = { hasIdentity: false, source: own };
const contract = { hasIdentity: true, source: own };

test('the same id of two sources is two claims, and of one source one', () => {
  expect(claimOf('1', '/till/1')).not.toBe(claimOf('1', '/till/2'));
  expect(claimOf('1', '/till/1')).toBe(claimOf('1', '/till/1'));
});

test('a record on the topic has the claim that its event had at the door', () => {
  const till = record({ ce_id: '1', ce_source: '/till/1' });
  expect(claimOfRecord(till, sender)).toBe(claimOf('1', '/till/1'));
  expect(claimOfRecord(record({ ce_id: '1', ce_source: own }), sender)).toBe('1');
});

test('an id out of the contract stands alone, but for one that its sender had to choose', () => {
  const headers = { ce_id: '1', ce_source: '/till/1' };
  expect(claimOfRecord(record(headers), contract)).toBe('1');
  expect(claimOfRecord(record({ ...headers, millrace_id_from: 'sender' }), contract)).toBe(
    claimOf('1', '/till/1'),
  );
});

test('a record without an id has no claim', () => {
  expect(claimOfRecord({}, sender)).toBeUndefined();
});
