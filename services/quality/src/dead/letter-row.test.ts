import { expect, test } from 'vitest';
import { letterRow } from './letter-row.ts';

const nowMs = Date.UTC(2026, 10, 27);
const place = { service: 'sink', topicId: 't', partition: 1 } as const;
const rowOf = (headers: Readonly<Record<string, Buffer | undefined>>, timestampMs = nowMs) =>
  letterRow(
    place,
    { offset: 7, timestampMs, key: Buffer.from('k1'), value: Buffer.from('abc'), headers } as never,
    (topic) => (topic === 'events.a.b' ? { id: 'a.b', key: ['id'] } : undefined),
    (_stream, field) => field === 'secret',
    nowMs,
  );
const headers = {
  '__connect.errors.topic': Buffer.from('events.a.b'),
  '__connect.errors.partition': Buffer.from('3'),
  '__connect.errors.offset': Buffer.from('42'),
  '__connect.errors.exception.class.name': Buffer.from('sink.record-unframed'),
};

test('a letter is found by where its record came from and why', () => {
  expect(rowOf(headers)).toMatchObject({
    ...{ topic: 'events.a.b', partition: 3, offset: 42, contract: 'a.b', key_text: 'k1' },
    ...{ code: 'sink.record-unframed', value_bytes: 3, origin: 'events.a.b/3/42', at_ms: nowMs },
  });
});

test('what is sent again is told apart by the transform that refused it', () => {
  const stage = Buffer.from('stream-transform delays');
  const record = { offset: 7, timestampMs: nowMs, key: null, value: null } as const;
  const row = letterRow(
    { ...place, service: 'stream-transform' },
    { ...record, headers: { ...headers, '__connect.errors.stage': stage } },
    () => undefined,
    () => false,
    nowMs,
  );
  expect(row.origin).toBe('stream-transform delays events.a.b/3/42');
});

test('of a transform it is kept whether anything else came of the record; a letter that does not say may have left results', () => {
  const wholeOf = (service: 'sink' | 'stream-transform', text?: string) =>
    letterRow(
      { ...place, service },
      {
        ...{ offset: 7, timestampMs: nowMs, key: null, value: null },
        headers: { ...headers, ...(text !== undefined && { millrace_whole: Buffer.from(text) }) },
      } as never,
      () => undefined,
      () => false,
      nowMs,
    ).whole;
  expect(wholeOf('stream-transform', 'true')).toBe(true);
  expect(wholeOf('stream-transform', 'false')).toBe(false);
  expect(wholeOf('stream-transform')).toBe(false);
  expect(wholeOf('sink', 'true')).toBeNull();
});

test('one without headers, or with garbage in them, is a letter too', () => {
  expect(rowOf({})).toMatchObject({
    ...{ topic: '', partition: null, offset: null, contract: null, code: 'unknown' },
    origin: 'sink:t:1:7',
  });
  const garbage = rowOf({
    '__connect.errors.topic': Buffer.from([0xff, 0, 0xfe]),
    '__connect.errors.partition': Buffer.from('-1'),
    '__connect.errors.offset': Buffer.from('99999999999999999999'),
    '__connect.errors.exception.message': Buffer.alloc(100_000, 'x'),
    'millrace.cdc.row': Buffer.from('{'),
  });
  expect(garbage).toMatchObject({ partition: null, offset: null, contract: null });
  expect(garbage.topic).not.toContain('\0');
  expect(garbage.message).toHaveLength(2000);
});

test('a record with the time of an old event is as old as its letter', () => {
  expect(rowOf(headers, 0).at_ms).toBe(nowMs);
});
