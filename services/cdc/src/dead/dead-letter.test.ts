import { type Tuple, valueKind } from '@millrace/pgoutput';
import { expect, test } from 'vitest';
import type { CapturedTable } from '../captured-table.ts';
import { codecForType } from '../columns/codec-for-type.ts';
import { defaultModes } from '../columns/column-modes.ts';
import type { RowChange } from '../row-change.ts';
import { DEAD_LETTER_ROW_HEADER, deadLetterOf } from './dead-letter.ts';

/** A value's type, its binary form in hexadecimal digits, and its text. */
const values = [
  ['int4', 'ffffffff', '-1'],
  ['int8', '0020000000000001', '9007199254740993'],
  ['oid', 'ffffffff', '4294967295'],
  ['bool', '01', 't'],
  ['float4', '3dcccccd', '0.1'],
  ['float8', '3fb999999999999a', '0.1'],
  ['text', Buffer.from('é').toString('hex'), 'é'],
  ['uuid', '9e107d9d37214d4ba5f00b1c2d3e4f50', '9e107d9d-3721-4d4b-a5f0-0b1c2d3e4f50'],
  ['jsonb', `01${Buffer.from('{"a": 1.10}').toString('hex')}`, '{"a": 1.10}'],
  ['bytea', '00ff', '\\x00ff'],
  ['timestamptz', '0000000000000001', '2000-01-01T00:00:00.000001Z'],
  ['uuid', '9e10', '\\x9e10'],
  ['date', '00000001', '\\x00000001'],
] as const;
const types = new Map(
  values.map(([name], oid) => [oid, { oid, name, kind: 'base' as const }] as const),
);

test('values that came in binary are told as text, so that a person finds the row', () => {
  const parts = values.map(([, hex]) => Buffer.from(hex, 'hex'));
  const row: Tuple = {
    bytes: Buffer.concat(parts),
    columnCount: parts.length,
    kinds: Uint8Array.from(parts, () => valueKind.binary),
    starts: Uint32Array.from(parts, (_, i) => Buffer.concat(parts.slice(0, i)).length),
    lengths: Uint32Array.from(parts, ({ length }) => length),
  };
  const columns = values.map(([, hex], oid) => ({
    ...{ name: hex, nullable: true, codec: codecForType(types, oid, -1, defaultModes) },
  }));
  const table = { topic: 't', shape: { schema: 's', table: 't', columns, keyColumns: [] } };
  const change = { op: 'r', row, raw: row.bytes, source: { lsn: 1 } };
  const letter = deadLetterOf(
    table as unknown as CapturedTable,
    change as unknown as RowChange,
    null,
    { waitsFor: '1' },
  );
  expect(JSON.parse(String(letter.headers?.[DEAD_LETTER_ROW_HEADER]))).toEqual(
    Object.fromEntries(values.map(([, hex, text]) => [hex, text])),
  );
});
