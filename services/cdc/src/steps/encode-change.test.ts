import { compileReader } from '@millrace/avro';
import type { OutgoingRecord } from '@millrace/kafka';
import { type Tuple, valueKind } from '@millrace/pgoutput';
import { describe, expect, test } from 'vitest';
import { createChangeBatch, createSlabPool } from '../change-batch.ts';
import { codecForType } from '../columns/codec-for-type.ts';
import { defaultModes } from '../columns/column-modes.ts';
import { createBlockedKeys } from '../dead/blocked-keys.ts';
import { keySchemaText, valueSchemaText } from '../envelope/envelope-schema.ts';
import { createTableWriter } from '../envelope/table-writer.ts';
import type { RowChange } from '../row-change.ts';
import { createEncodeChange, SPECIAL_VALUES_HEADER } from './encode-change.ts';

const types = new Map([
  [1, { oid: 1, name: 'int4', kind: 'base' }],
  [2, { oid: 2, name: 'text', kind: 'base' }],
  [3, { oid: 3, name: 'numeric', kind: 'base' }],
  [4, { oid: 4, name: '_numeric', kind: 'array', of: 3 }],
] as const);
const column = (name: string, typeOid: number, nullable: boolean) => ({
  ...{ name, nullable, codec: codecForType(types, typeOid, -1, defaultModes) },
});
const shape = {
  ...{ schema: 'public', table: 't', keyColumns: [0] },
  columns: [column('id', 1, false), column('v', 2, true), column('n', 3, true)],
};
const table = {
  ...{ shape, topic: 'changes.s.public.t', partitions: 1, rereads: false },
  writer: createTableWriter(
    shape,
    { key: 11, value: 12 },
    { version: '1', prefix: 'changes.s', database: 'd', schema: 'public', table: 't' },
  ),
};
const readKey = compileReader(keySchemaText('changes.s', shape) ?? '');
const readValue = compileReader(valueSchemaText('changes.s', shape));

const tuple = (...values: readonly (string | null)[]): Tuple => {
  const starts: number[] = [];
  const parts = values.map((value) => Buffer.from(value ?? ''));
  parts.reduce((at, part, i) => {
    starts[i] = at;
    return at + part.length;
  }, 0);
  return {
    bytes: Buffer.concat(parts),
    columnCount: values.length,
    kinds: Uint8Array.from(values, (value) => (value === null ? valueKind.null : valueKind.text)),
    starts: Uint32Array.from(starts),
    lengths: Uint32Array.from(parts, (part) => part.length),
  };
};
const source: RowChange['source'] = {
  context: {
    ...{ serial: 1, committedAtUs: 1_000_000n, transactionId: 7, lastCommitLsn: '9' },
    ...{ origin: undefined, processedAtMs: 2000 },
  },
  marker: 'false',
  lsn: 42,
};
const blocked = () =>
  createBlockedKeys({
    ...{ source: 's', remembered: new Map(), keysMax: 10, changed: () => undefined },
  });
const encode = (
  change: Partial<RowChange>,
  options = { tombstones: true, skipUnchanged: false, recordBytesMax: 1000 },
) => {
  const batch = createChangeBatch(createSlabPool());
  const raw = Buffer.from('raw bytes');
  const whole = {
    op: 'u',
    oldKind: undefined,
    old: undefined,
    row: undefined,
    raw,
    source,
  } as const;
  const outcome = createEncodeChange(options, blocked())(table, { ...whole, ...change }, batch);
  const [first] = batch.partitionBatches();
  return { outcome, topic: first?.topic, records: first?.records ?? [] };
};
const read = ({ key, value }: OutgoingRecord) => ({
  key: key === null ? null : (readKey(Buffer.from(key.subarray(5))) as object),
  value:
    value === null ? null : (readValue(Buffer.from(value.subarray(5))) as Record<string, unknown>),
});

describe('encodeChange', () => {
  test('an insert is one framed record with its key, its row and its place in the log', () => {
    const { records } = encode({ op: 'c', row: tuple('1', 'a', null) });
    expect(records[0]?.key?.readInt32BE(1)).toBe(11);
    expect(records[0]?.value?.readInt32BE(1)).toBe(12);
    expect(records.map(read)).toMatchObject([
      {
        key: { id: 1 },
        value: {
          ...{ before: null, after: { id: 1, v: 'a', n: null }, op: 'c', ts_ms: 2000 },
          source: { lsn: 42, sequence: '["9","42"]', txId: 7, snapshot: 'false', ts_ms: 1000 },
        },
      },
    ]);
  });

  test('places in the log beyond 2^32 and transactions beyond 2^31 are exact', () => {
    const place = {
      ...source,
      context: { ...source.context, serial: 2, transactionId: 4_294_967_295 },
      lsn: Number.MAX_SAFE_INTEGER,
    };
    const { records } = encode({ op: 'c', row: tuple('1', 'a', null), source: place });
    const { source: told } = read(records[0] as OutgoingRecord).value ?? {};
    expect(told).toMatchObject({
      ...{ txId: 4_294_967_295, lsn: Number.MAX_SAFE_INTEGER },
      sequence: '["9","9007199254740991"]',
    });
  });

  test('a delete is followed by a tombstone, unless tombstones are off', () => {
    const deletion = { op: 'd', oldKind: 'identity', old: tuple('1', null, null) } as const;
    expect(encode(deletion).records.map(read)).toMatchObject([
      { key: { id: 1 }, value: { op: 'd', before: { id: 1 }, after: null } },
      { key: { id: 1 }, value: null },
    ]);
    expect(
      encode(deletion, { tombstones: false, skipUnchanged: false, recordBytesMax: 1000 }).records,
    ).toHaveLength(1);
  });

  test('a changed key is a delete, a tombstone and a create that name each other', () => {
    const { records } = encode({
      ...{ oldKind: 'identity', old: tuple('1', null, null), row: tuple('2', 'a', null) },
    });
    expect(records.map(read)).toMatchObject([
      { key: { id: 1 }, value: { op: 'd' } },
      { key: { id: 1 }, value: null },
      { key: { id: 2 }, value: { op: 'c', after: { id: 2, v: 'a' } } },
    ]);
    expect(String(records[0]?.headers?.['__debezium.newkey'])).toBe('{"id":2}');
    expect(String(records[1]?.headers?.['__debezium.newkey'])).toBe('{"id":2}');
    expect(String(records[2]?.headers?.['__debezium.oldkey'])).toBe('{"id":1}');
  });

  test('NaN is null with a header that says so', () => {
    const { records } = encode({ op: 'c', row: tuple('1', 'a', 'NaN') });
    expect(read(records[0] as OutgoingRecord).value?.['after']).toMatchObject({ n: null });
    expect(records[0]?.headers).toEqual({ [SPECIAL_VALUES_HEADER]: 'n=NaN' });
  });

  test('a row that is not of its types, or too large, is a dead letter with its bytes', () => {
    for (const row of [tuple('x', 'a', null), tuple('1', 'a'.repeat(1000), null), tuple('1')]) {
      const { outcome, records, topic } = encode({ op: 'c', row });
      expect([outcome, topic]).toEqual(['dead-letter', 'dead.cdc']);
      expect(records).toMatchObject([{ value: Buffer.from('raw bytes') }]);
      expect(records[0]?.headers).toMatchObject({
        '__connect.errors.topic': 'changes.s.public.t',
        '__connect.errors.exception.class.name': 'cdc.value-invalid',
      });
    }
  });
});
