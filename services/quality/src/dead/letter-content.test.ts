import { compileWriter, frame } from '@millrace/avro';
import { expect, test } from 'vitest';
import { contentOf, maskedJson, parseLetterId } from './letter-content.ts';

const schemaText = JSON.stringify({
  ...{ type: 'record', name: 'r' },
  fields: [
    { name: 'id', type: 'long' },
    { name: 'mail', type: 'string' },
  ],
});
const registry = { schemaById: async () => ({ schemaText }) } as never;
const isClosed = (field: string) => field === 'mail';
const record = (value: Buffer | null, headers = {}) =>
  ({ offset: 0, timestampMs: 0, key: null, value, headers }) as never;

test('what is classified is masked in what is decoded, and the bytes are exact', async () => {
  const value = frame(7, compileWriter(schemaText)({ id: 5, mail: 'a@b' }));
  expect(await contentOf(record(value), registry, isClosed)).toMatchObject({
    ...{ decoded: { id: 5, mail: '(masked)' }, undecodedReason: null },
    value: value.toString('base64'),
  });
});

test('of a capture the row is told, and neither it nor its header shows what is classified', async () => {
  const headers = { 'millrace.cdc.row': Buffer.from('{"id":"1","mail":"a@b"}') };
  const content = await contentOf(record(Buffer.from('raw'), headers), registry, isClosed);
  expect(content.decoded).toEqual({ id: '1', mail: '(masked)' });
  expect(content.headers[0]?.text).not.toContain('a@b');
});

test('what cannot be read is told with why', async () => {
  for (const value of [null, Buffer.from('x'), Buffer.from([0, 0, 0, 0, 7, 1])]) {
    const { decoded, undecodedReason } = await contentOf(record(value), registry, isClosed);
    expect(decoded).toBeNull();
    expect(undecodedReason).not.toBe('');
  }
});

test('numbers beyond doubles and bytes are text', () => {
  expect(maskedJson({ a: [2n ** 60n, Buffer.from('x')] }, isClosed)).toEqual({
    a: ['1152921504606846976', 'eA=='],
  });
});

test('ids are a service, a partition and an offset', () => {
  expect(parseLetterId('stream-transform:3:12')).toEqual({
    ...{ service: 'stream-transform', partition: 3, offset: 12 },
  });
  for (const wrong of ['ingest:x', 'sink:1', 'sink:-1:2', 'nobody:1:2', ''])
    expect(parseLetterId(wrong)).toBeUndefined();
});
