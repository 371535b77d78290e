import { valueKind } from '@millrace/pgoutput';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCopyTextReader, type RowHandler } from './copy-text-reader.ts';

type Row = readonly (string | null)[];

const escapeValue = (value: string | null): string =>
  value === null
    ? '\\N'
    : value
        .replaceAll('\\', '\\\\')
        .replaceAll('\t', '\\t')
        .replaceAll('\n', '\\n')
        .replaceAll('\r', '\\r');

const copyText = (rows: readonly Row[]): Buffer =>
  Buffer.from(rows.map((row) => `${row.map(escapeValue).join('\t')}\n`).join(''));

const readAll = (columns: number, chunks: readonly Buffer[]) => {
  const rows: Row[] = [];
  const lasts: boolean[] = [];
  const onRow: RowHandler = (row, _bytes, isLast) => {
    rows.push(
      Array.from({ length: columns }, (_, i) =>
        row.kinds[i] === valueKind.null
          ? null
          : row.bytes.toString('utf8', row.starts[i], (row.starts[i] ?? 0) + (row.lengths[i] ?? 0)),
      ),
    );
    lasts.push(isLast);
  };
  const reader = createCopyTextReader(columns);
  for (const chunk of chunks) reader.feed(chunk, onRow);
  reader.finish(onRow);
  return { rows, lasts };
};

test('rows come out as they went in, wherever the chunks are cut', () => {
  const value = fc.option(
    fc.string({ unit: fc.constantFrom('a', 'é', '\t', '\n', '\r', '\\', 'N', '.') }),
  );
  const rows = fc.array(fc.tuple(value, value, value), { maxLength: 8 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 9 }), (given, size) => {
      const text = copyText(given);
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.subarray(i * size, (i + 1) * size),
      );
      expect(readAll(3, chunks).rows).toEqual(given);
    }),
  );
});

test('only the last row is told to be the last', () => {
  const { lasts } = readAll(1, [copyText([['a'], ['b'], ['c']])]);
  expect(lasts).toEqual([false, false, true]);
  expect(readAll(1, []).lasts).toEqual([]);
});

test('a copy that ends within a row, or has other columns, is an error and not a short row', () => {
  expect(() => readAll(1, [Buffer.from('a\nb')])).toThrow(/within a row/);
  expect(() => readAll(2, [Buffer.from('a\n')])).toThrow(/within a row/);
});
