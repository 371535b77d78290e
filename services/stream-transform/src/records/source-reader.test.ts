import { compileWriter, frame, type RegistryClient } from '@millrace/avro';
import type { Contract } from '@millrace/contracts';
import { recordRows } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { createSourceReader, type ReadRecord } from './source-reader.ts';

const row = { type: 'record', name: 'Value', fields: [{ name: 'id', type: 'int' }] };
const schemas = [
  { type: 'record', name: 'Key', fields: [{ name: 'id', type: 'int' }] },
  {
    ...{ type: 'record', name: 'Envelope' },
    fields: [
      { name: 'before', type: ['null', row], default: null },
      { name: 'after', type: ['null', 'Value'], default: null },
      { name: 'op', type: 'string' },
    ],
  },
].map((schema) => JSON.stringify(schema));
const [key, envelope] = schemas.map(
  (schema, id) => (value: unknown) => frame(id + 1, compileWriter(schema)(value as never)),
) as [(value: unknown) => Buffer, (value: unknown) => Buffer];

/** Reads changes of one table, each with what becomes of it: the row by its key, or the code of the error. */
const reading = async (
  as: 'table' | 'changes',
  changes: readonly (readonly [number | null, object])[],
) => {
  const contract = {
    id: 'shop.items',
    source: { kind: 'change' },
    key: ['id'],
  } as unknown as Contract;
  const options = { disorderMs: 0, others: 'refuse', longs: 'number' } as const;
  const node = { kind: 'source', name: 'source-1', contract: contract.id, as, options } as const;
  const registry = {
    schemaById: async (id: number) => ({ id, schemaText: schemas[id - 1]! }),
  } as unknown as RegistryClient;
  const reader = createSourceReader(
    { kind: 'source', node, topic: 'changes.shop.public.items', contract },
    { registry, clock: systemClock, logger: silentLogger, schemaWaitMs: 0 },
  );
  const records = changes.map(([id, change], offset) => ({
    ...{ offset, timestampMs: 0, headers: {} },
    key: id === null ? null : key({ id }),
    value: envelope({ before: null, after: null, ...change }),
  }));
  const read: unknown[] = [];
  for (const { pack, from, to } of recordRows(records).spans) {
    for (let index = from; index < to; index += 1) {
      await reader.learn(pack, index, new AbortController().signal);
      const record: ReadRecord = { key: null, value: undefined, timeMs: 0 };
      try {
        const outcome = reader.read(pack, index, record);
        read.push(outcome === 'read' ? [record.key, record.value] : outcome);
      } catch (error) {
        read.push((error as { code: string }).code);
      }
    }
  }
  return read;
};

test('a TRUNCATE is a change among changes, and refused loudly where a table is kept', async () => {
  const changes = [
    [1, { op: 'c', after: { id: 1 } }],
    [null, { op: 't' }],
    [1, { op: 'd', before: { id: 1 } }],
  ] as const;
  expect(await reading('table', changes)).toEqual([
    ['1', { id: 1 }],
    'transform.table-truncated',
    ['1', null],
  ]);
  expect(await reading('changes', changes)).toMatchObject([
    ['1', { op: 'c' }],
    [null, { op: 't' }],
    ['1', { op: 'd' }],
  ]);
});
