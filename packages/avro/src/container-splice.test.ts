import { MillraceError } from '@millrace/contracts';
import avro from 'avsc';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileWriter } from './compiled-codec.ts';
import {
  compileSplicer,
  type FramedSpan,
  type SplicedField,
  type SpliceInput,
} from './container-splice.ts';
import { frame } from './wire-format.ts';

const position: readonly SplicedField[] = [
  { name: '_partition', type: 'int' },
  { name: '_offset', type: 'long' },
  { name: '_produced_at', type: 'timestamp-millis' },
];

const schema = {
  type: 'record',
  name: 'Departed',
  namespace: 'flights',
  doc: 'kept',
  'connect.name': 'flights.Departed',
  fields: [
    { name: 'origin', type: 'string', doc: 'kept too' },
    { name: 'delay', type: ['null', 'long'], default: null },
  ],
};
const schemaText = JSON.stringify(schema);

/** Reads a container with avsc, which checks sync markers and block sizes. */
const readContainer = async (container: Buffer): Promise<{ schema: unknown; rows: unknown[] }> => {
  const decoder = new avro.streams.BlockDecoder();
  let schemaRead: unknown;
  decoder.on(
    'metadata',
    (_type: unknown, _codec: string, header: { meta: Record<string, Buffer> }) => {
      schemaRead = JSON.parse(String(header.meta['avro.schema']));
    },
  );
  const rows: unknown[] = [];
  decoder.end(container);
  for await (const row of decoder) rows.push(row);
  return { schema: schemaRead, rows };
};

test('the bytes are those of the specification', () => {
  const one = compileSplicer('{"type":"record","name":"A","fields":[]}', [
    { name: 'p', type: 'int' },
  ]);
  const container = one.splice([{ framed: frame(1, Buffer.alloc(0)), appended: [-3] }]);
  const schemaJson = '{"type":"record","name":"A","fields":[{"name":"p","type":"int"}]}';
  const sync = container.subarray(-16);
  const header = Buffer.concat([
    Buffer.from('Obj\x01\x04\x16avro.schema', 'latin1'),
    Buffer.from([0x82, 0x01]),
    Buffer.from(schemaJson),
    Buffer.from('\x14avro.codec\x08null\x00', 'latin1'),
    sync,
  ]);
  expect(container).toEqual(Buffer.concat([header, Buffer.from([0x02, 0x02, 0x05]), sync]));
});

test('the schema keeps everything and gains the appended fields', async () => {
  const read = await readContainer(compileSplicer(schemaText, position).splice([]));
  expect(read.schema).toEqual({
    ...schema,
    fields: [
      ...schema.fields,
      { name: '_partition', type: 'int' },
      { name: '_offset', type: 'long' },
      { name: '_produced_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    ],
  });
  expect(read.rows).toEqual([]);
});

test('an independent reader finds every record with its appended values', async () => {
  const write = compileWriter(schemaText);
  const splicer = compileSplicer(schemaText, position);
  const row = fc.record({
    origin: fc.string({ maxLength: 300 }),
    delay: fc.option(fc.integer()),
    _partition: fc.nat(),
    // avsc itself reads longs exactly only below 2^52.
    _offset: fc.integer({ min: 0, max: 2 ** 51 }),
    _produced_at: fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      const container = splicer.splice(
        rows.map((each) => ({
          framed: frame(9, write(each)),
          appended: [each._partition, each._offset, each._produced_at],
        })),
      );
      const read = await readContainer(container);
      expect(read.rows).toEqual(rows);
    }),
    { numRuns: 50 },
  );
});

test('the same records give the same bytes, so that a replay is equal', () => {
  const records = [
    {
      framed: frame(9, compileWriter(schemaText)({ origin: 'SFO', delay: 1 })),
      appended: [0, 1, 2],
    },
  ];
  const first = compileSplicer(schemaText, position).splice(records);
  expect(compileSplicer(schemaText, position).splice(records)).toEqual(first);
});

test('a container of many pieces, out of several buffers, is what one piece would be', () => {
  const splicer = compileSplicer(schemaText, position);
  const write = compileWriter(schemaText);
  const rows = fc.array(fc.nat({ max: 400_000 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(rows, fc.nat(), (lengths, cut) => {
      const records = lengths.map((length, row) => ({
        framed: frame(9, write({ origin: 'x'.repeat(length), delay: row })),
        appended: [3, row, 1_700_000_000_000 + row],
      }));
      const middle = cut % records.length;
      const spans = [records.slice(0, middle), records.slice(middle)].map((part) => spanOf(part));
      const { bytes, pieces } = splicer.container(spans);
      const whole = Buffer.concat([...pieces()]);
      expect(whole.equals(splicer.splice(records))).toBe(true);
      expect(whole.length).toBe(bytes);
      expect(Buffer.concat([...pieces()]).equals(whole)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

/** Records between other bytes, as a pack of fetched records has them. */
const spanOf = (records: readonly SpliceInput[]): FramedSpan => {
  const parts = records.flatMap(({ framed }) => [Buffer.from('key'), framed]);
  const ends = records.map((_, row) => Buffer.concat(parts.slice(0, 2 * row + 2)).length);
  const column = (at: number) => Float64Array.from(records, ({ appended }) => appended[at]!);
  return {
    ...{ bytes: Buffer.concat(parts), from: 0, to: records.length, ends: Int32Array.from(ends) },
    starts: Int32Array.from(records, ({ framed }, row) => ends[row]! - framed.length),
    appended: [3, column(1), column(2)],
  };
};

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof MillraceError ? error.code : 'not a MillraceError';
  }
};

test('a schema that is no record, or has the appended field already, is refused', () => {
  expect(codeOf(() => compileSplicer('"string"', position))).toBe('avro.schema-unusable');
  expect(codeOf(() => compileSplicer('{', position))).toBe('avro.schema-unusable');
  const clash: SplicedField[] = [{ name: 'origin', type: 'int' }];
  expect(() => compileSplicer(schemaText, clash)).toThrow('already has a field origin');
});

test('a record without wire header and a value that does not fit are refused', () => {
  const splice = (framed: Buffer, appended: number[]) => () =>
    compileSplicer(schemaText, position).splice([{ framed, appended }]);
  expect(codeOf(splice(Buffer.from('{"a":1}'), [0, 0, 0]))).toBe('avro.splice-invalid');
  expect(codeOf(splice(Buffer.alloc(4), [0, 0, 0]))).toBe('avro.splice-invalid');
  expect(codeOf(splice(frame(1, Buffer.alloc(2)), [0, 0]))).toBe('avro.splice-invalid');
  expect(codeOf(splice(frame(1, Buffer.alloc(2)), [2 ** 31, 0, 0]))).toBe('avro.splice-invalid');
  expect(codeOf(splice(frame(1, Buffer.alloc(2)), [0, 2 ** 53, 0]))).toBe('avro.splice-invalid');
});
