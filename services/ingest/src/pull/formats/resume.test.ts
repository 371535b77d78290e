import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlacedObject } from '../places/place.ts';
import { allBatches, memoryObject, rowsOf } from '../testing/memory-object.ts';
import { createCsvCutter } from './csv-cutter.ts';
import { createJsonCutter } from './json-cutter.ts';
import { createNdjsonCutter } from './ndjson-cutter.ts';
import type { TextCoding } from './open-text.ts';
import { parquetBatches } from './parquet.ts';
import { type RecordCutter, textBatches } from './text-batches.ts';

const { signal } = new AbortController();
const plain: TextCoding = { compression: 'none', encoding: 'utf-8' };
const start = { byte: 0, line: 1 };

const read = (object: PlacedObject, cutter: RecordCutter, from?: unknown, coding = plain) =>
  allBatches(
    textBatches(
      { object, coding, from: from as never, signal, batchRows: 1, blockBytes: 1 },
      start,
      cutter,
    ),
  );

/** Whole at once is the truth; in chunks of every size, and on from behind every row, it must be the same. */
const sameHowever = async (text: string, cutterOf: () => RecordCutter): Promise<void> => {
  const truth = rowsOf(
    await allBatches(
      textBatches(
        { object: memoryObject('a', text), coding: plain, from: undefined, signal, batchRows: 1e6 },
        start,
        cutterOf(),
      ),
    ),
  );
  for (const chunkBytes of [1, 2, 3, 7]) {
    const object = memoryObject('a', text, chunkBytes);
    const batches = await read(object, cutterOf());
    expect(rowsOf(batches)).toEqual(truth);
    let rows = 0;
    for (const { at, values } of batches) {
      rows += values.length;
      const rest = await read(object, cutterOf(), at);
      expect(rowsOf(rest)).toEqual(truth.slice(rows));
    }
  }
};

const dialect = { delimiter: ',', quote: '"', escapes: '"' };
const field = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'ü', '"', ',', '\n', '\r', '😀', ' ', '\\'),
    maxLength: 6,
  }),
  fc.string({ maxLength: 5 }),
);
const columns = ['a', 'b', 'c'];
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const csvOf = (rows: readonly (readonly string[])[], end: string): string =>
  rows.map((row) => row.map(quoted).join(',') + end).join('');

test('CSV: whatever is in the fields comes back, with either line break', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field, field), { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
      async (rows, end) => {
        const batches = await read(
          memoryObject('a.csv', csvOf(rows, end), 5),
          createCsvCutter(dialect, columns),
        );
        expect(rowsOf(batches)).toEqual(rows.map(([a, b, c]) => ({ a, b, c })));
      },
    ),
    { numRuns: 300 },
  );
});

test('CSV: cut anywhere, and gone on from any row, good text or bad, it reads the same', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'ü', '"', ',', '\n', '\r\n', 'x,y,z\n', '"q",'),
    maxLength: 14,
  });
  await fc.assert(
    fc.asyncProperty(text, (given) => sameHowever(given, () => createCsvCutter(dialect, columns))),
    { numRuns: 150 },
  );
});

test('NDJSON and JSON: cut anywhere, and gone on from any row, they read the same', async () => {
  const value = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 1 }), {
    maxKeys: 2,
  });
  const values = fc.array(value, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(values, fc.constantFrom(undefined, 1), async (rows, indent) => {
      const lines = rows.map((row) => JSON.stringify(row)).join('\n');
      await sameHowever(lines, () => createNdjsonCutter());
      await sameHowever(`${lines}\n{"broken\n`, () => createNdjsonCutter());
      const text = JSON.stringify(rows, null, indent);
      await sameHowever(text, () => createJsonCutter(Buffer.from(text)));
    }),
    { numRuns: 60 },
  );
});

test('a compressed file goes on behind what was read', async () => {
  const text = 'a1,b,c\na2,b,c\na3,b,c\n';
  const object = memoryObject('a.csv.gz', gzipSync(text), 4);
  const gzip: TextCoding = { compression: 'gzip', encoding: 'utf-8' };
  const batches = await read(object, createCsvCutter(dialect, columns), undefined, gzip);
  const rest = await read(object, createCsvCutter(dialect, columns), batches[0]!.at, gzip);
  expect(rowsOf(rest)).toMatchObject([{ a: 'a2' }, { a: 'a3' }]);
});

test('a Parquet file goes on behind any batch, and reads ranges only', async () => {
  const path = new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets'));
  const bytes = await readFile(path);
  let read = 0;
  const whole = memoryObject('flights.parquet', bytes);
  const object: PlacedObject = {
    ...whole,
    async *read(range, aborted) {
      for await (const chunk of whole.read(range, aborted)) {
        read += chunk.length;
        yield chunk;
      }
    },
  };
  const first = async (from: number | undefined) => {
    for await (const batch of parquetBatches({ object, from, signal })) return batch;
    throw new Error('no batch');
  };
  const batch = await first(undefined);
  expect(batch.values[0]).toMatchObject({ origin: 'LAS', destination: 'PHL', delay: 33n });
  expect(batch.at).toBe(batch.values.length);
  expect(read).toBeLessThan(bytes.length / 4);
  const within = await first((batch.at as number) - 1);
  expect(within.values[0]).toEqual(batch.values.at(-1));
  for await (const last of parquetBatches({ object, from: 2_999_999, signal }))
    expect(last).toMatchObject({ values: [{}], at: 3_000_000 });
});

test('what is no Parquet is told as such', async () => {
  const object = memoryObject('a.parquet', 'id,name\n1,a\n');
  await expect(
    allBatches(parquetBatches({ object, from: undefined, signal })),
  ).rejects.toMatchObject({
    code: 'ingest.part-unreadable',
  });
});
