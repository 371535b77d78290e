/** Event times beyond the time at which their record was written. */
import { compileWriter, frame, type RegistryClient } from '@millrace/avro';
import type { Contract } from '@millrace/contracts';
import { recordRows } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { createSourceReader, type ReadRecord } from './source-reader.ts';

const dayMs = 86_400_000;
const writtenMs = Date.UTC(2026, 0, 1);
const schemaText = JSON.stringify({
  ...{ type: 'record', name: 'Event', namespace: 'shop' },
  fields: [{ name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } }],
});
const contract = {
  ...{ id: 'shop.events', source: { kind: 'event' }, key: [], schemaText },
  record: {
    fullName: 'shop.Event',
    fields: [{ name: 'at', type: { kind: 'long', logical: { name: 'timestamp-millis' } } }],
  },
} as unknown as Contract;

/** The times that a source reads of records with these in their field, or the codes of the errors. */
const timesOf = async (times: readonly number[], aheadMs?: number) => {
  const options = {
    ...({ timeField: 'at', disorderMs: 0, others: 'refuse', longs: 'number' } as const),
    ...(aheadMs !== undefined && { aheadMs }),
  };
  const node = {
    kind: 'source' as const,
    ...{ name: 'source-1', contract: contract.id, as: 'records' as const, options },
  };
  const registry = {
    schemaById: async (id: number) => ({ id, schemaText }),
  } as unknown as RegistryClient;
  const reader = createSourceReader(
    { kind: 'source', node, topic: 'events', contract },
    { registry, clock: systemClock, logger: silentLogger, schemaWaitMs: 0 },
  );
  const write = compileWriter(schemaText);
  const records = times.map((at, offset) => ({
    ...{ offset, timestampMs: writtenMs, headers: {}, key: null },
    value: frame(1, write({ at } as never)),
  }));
  const read: (number | string)[] = [];
  for (const { pack, from, to } of recordRows(records).spans) {
    for (let index = from; index < to; index += 1) {
      await reader.learn(pack, index, new AbortController().signal);
      const record: ReadRecord = { key: null, value: undefined, timeMs: 0 };
      try {
        reader.read(pack, index, record);
        read.push(record.timeMs);
      } catch (error) {
        read.push((error as { code: string }).code);
      }
    }
  }
  return read;
};

test('a time of more than a year ahead is an error of its record; the past may be as old as it likes', async () => {
  const good = [writtenMs + 365 * dayMs, 0, Date.UTC(-1, 0, 1)];
  const bad = [Date.UTC(9999, 0, 1), writtenMs * 1000];
  expect(await timesOf([...good, ...bad])).toEqual([
    ...good,
    'transform.time-ahead',
    'transform.time-ahead',
  ]);
});

test('how far is the source’s to say', async () => {
  const times = [writtenMs + 1000, writtenMs + 1001];
  expect(await timesOf(times, 1000)).toEqual([times[0], 'transform.time-ahead']);
  expect(await timesOf([Date.UTC(9999, 0, 1)], 10_000 * 366 * dayMs)).toEqual([
    Date.UTC(9999, 0, 1),
  ]);
});
