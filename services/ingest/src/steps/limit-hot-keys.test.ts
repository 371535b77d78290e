import { expect, test } from 'vitest';
import type { Delivery } from '../event-request.ts';
import { createLimitHotKeysStep } from './limit-hot-keys.ts';
import type { StampedEvent } from './stamp-record.ts';

const streamOf = (contract: object) => ({ contract: { key: ['sensor'], ...contract } });
const event = (stream: object, key: string | null) =>
  ({
    key: key === null ? null : Buffer.from(key),
    delivery: { request: { stream } } as unknown as Delivery,
  }) as StampedEvent;

const fatesOf = (keyRate: number, stream: object, keys: readonly (string | null)[]) => {
  const limitHotKeys = createLimitHotKeysStep({ keyRate, nowMs: () => 0 });
  return keys.map((key) => limitHotKeys(event(stream, key)).kind);
};

test('a key beyond its rate is refused alone, and told so', () => {
  const limitHotKeys = createLimitHotKeysStep({ keyRate: 2, nowMs: () => 0 });
  const stream = streamOf({});
  const outcomes = ['a', 'a', 'b', 'a'].map((key) => limitHotKeys(event(stream, key)));
  expect(outcomes.map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok', 'dead-letter']);
  expect(outcomes[3]).toMatchObject({
    code: 'ingest.key-rate-exceeded',
    reason: expect.stringContaining('2 events a second'),
  });
});

test('streams are counted apart, and the contract’s word goes before the setting', () => {
  const own = streamOf({ ingest: { keyRate: 1 } });
  expect(fatesOf(100, own, ['a', 'a'])).toEqual(['ok', 'dead-letter']);
  const limitHotKeys = createLimitHotKeysStep({ keyRate: 1, nowMs: () => 0 });
  const kinds = [streamOf({}), streamOf({})].map((one) => limitHotKeys(event(one, 'a')).kind);
  expect(kinds).toEqual(['ok', 'ok']);
});

test('streams without a key or a rate pass', () => {
  expect(fatesOf(1, streamOf({ key: [] }), [null, null, null])).toEqual(['ok', 'ok', 'ok']);
  expect(fatesOf(0, streamOf({}), ['a', 'a', 'a'])).toEqual(['ok', 'ok', 'ok']);
});
