import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { allBatches, memoryObject, rowsOf } from '../testing/memory-object.ts';
import { type FormatSettings, readRows } from './format.ts';

const { signal } = new AbortController();
const read = async (
  name: string,
  content: string | Uint8Array,
  settings: Partial<FormatSettings> = {},
): Promise<unknown[]> =>
  rowsOf(
    await allBatches(
      readRows(memoryObject(name, content), { names: new Set(), ...settings }, undefined, signal),
    ),
  );

const two = [
  { name: 'Zürich', age: '7' },
  { name: 'Ōsaka', age: '8' },
];

test('the dialect of a CSV file is found: delimiter, quotes, header', async () => {
  expect(await read('a.csv', 'name,age\nZürich,7\nŌsaka,8\n')).toEqual(two);
  expect(await read('a.csv', 'name;age\r\nZürich;7\r\nŌsaka;8')).toEqual(two);
  expect(await read('a.tsv', 'name\tage\nZürich\t7\nŌsaka\t8\n')).toEqual(two);
  expect(await read('a.txt', "name|age\n'Zürich'|'7'\n'Ōsaka'|'8'\n")).toEqual(two);
  expect(await read('a.csv', '"name","age"\n"Zürich","7"\n\n"Ōsaka","8"\n')).toEqual(two);
  expect(await read('a.csv', 'Zürich,7\nŌsaka,8\n', { csv: { header: ['name', 'age'] } })).toEqual(
    two,
  );
  expect(await read('a.csv', '1,2\n3,4\n')).toEqual([
    { c1: '1', c2: '2' },
    { c1: '3', c2: '4' },
  ]);
  // texts alone: a name that the contract has makes it a header
  expect(await read('a.csv', 'x,y\na,b\n', { names: new Set(['y']) })).toEqual([
    { x: 'a', y: 'b' },
  ]);
});

test('a delimiter inside quotes does not count, and a semicolon file with decimal commas is one', async () => {
  expect(await read('a.csv', 'name;price\n"a;b";1,5\nc;2,5\n')).toEqual([
    { name: 'a;b', price: '1,5' },
    { name: 'c', price: '2,5' },
  ]);
});

test('UTF-8 with a mark, UTF-16 of both kinds, and Windows-1252 are read', async () => {
  const text = 'name,age\nZürich,7\nŌsaka,8\n';
  const little = Buffer.from(text, 'utf16le');
  const big = Buffer.from(little).swap16();
  const mark = (bytes: Buffer, ...marks: number[]) => Buffer.concat([Buffer.from(marks), bytes]);
  expect(await read('a.csv', mark(Buffer.from(text), 0xef, 0xbb, 0xbf))).toEqual(two);
  expect(await read('a.csv', mark(little, 0xff, 0xfe))).toEqual(two);
  expect(await read('a.csv', mark(big, 0xfe, 0xff))).toEqual(two);
  expect(await read('a.csv', little)).toEqual(two);
  expect(await read('a.csv', Buffer.from('name,age\nZürich,7\n', 'latin1'))).toEqual([two[0]]);
});

test('gzip and zstd are told by their bytes, whatever the name says', async () => {
  const text = 'name,age\nZürich,7\nŌsaka,8\n';
  expect(await read('a.csv.gz', gzipSync(text))).toEqual(two);
  expect(await read('a.csv', zstdCompressSync(text))).toEqual(two);
  const cut = gzipSync(text.repeat(100)).subarray(0, 30);
  await expect(read('a.csv.gz', cut)).rejects.toMatchObject({ code: 'ingest.part-unreadable' });
});

test('a row that cannot be read is a fault with its line, and the rows around it are read', async () => {
  const rows = await read(
    'a.csv',
    'name,age\na,1\nb\n"two\nlines",2\n"c"x,3\nd,4\n"never closed,5\ne,6\n',
  );
  expect(rows).toEqual([
    { name: 'a', age: '1' },
    expect.objectContaining({ line: 3, message: '1 column where the header has 2', text: 'b' }),
    { name: 'two\nlines', age: '2' },
    expect.objectContaining({ line: 6, column: 1, text: '"c"x,3' }),
    { name: 'd', age: '4' },
    expect.objectContaining({ line: 8, text: '"never closed,5' }),
    { name: 'e', age: '6' },
  ]);
});

test('bytes that are no UTF-8 cost their row alone', async () => {
  const bad = Buffer.concat([
    Buffer.from(`name,age\n${'Zürich,7\n'.repeat(8000)}`),
    Buffer.from([0xff, 0x2c, 0x31, 0x0a]),
    Buffer.from('b,2\n'),
  ]);
  const rows = await read('a.csv', bad, { encoding: 'utf-8' });
  expect(rows.slice(8000)).toEqual([
    expect.objectContaining({ code: 'ingest.text-invalid', line: 8002, column: 1 }),
    { name: 'b', age: '2' },
  ]);
});

test('NDJSON, a JSON array and JSON objects in a row give the same rows', async () => {
  const rows = [{ a: 1, t: '}]{"\\' }, { a: { b: ['ü'] } }];
  const texts = rows.map((row) => JSON.stringify(row));
  expect(await read('a.ndjson', `${texts.join('\n')}\n\n`)).toEqual(rows);
  expect(await read('a.jsonl.gz', gzipSync(texts.join('\r\n')))).toEqual(rows);
  expect(await read('a.json', JSON.stringify(rows))).toEqual(rows);
  expect(await read('a.json', JSON.stringify(rows, null, 2))).toEqual(rows);
  expect(await read('a.json', texts.join(' '))).toEqual(rows);
  expect(await read('a.json', '{"a":1}')).toEqual([{ a: 1 }]);
  expect(await read('a.json', ' [ ] ')).toEqual([]);
});

test('broken JSON costs its row; an array that ends too early is told', async () => {
  expect(await read('a.ndjson', '{"a":1}\n{"a":\n{"a":3}\n')).toEqual([
    { a: 1 },
    expect.objectContaining({ code: 'ingest.json-invalid', line: 2, text: '{"a":' }),
    { a: 3 },
  ]);
  expect(await read('a.json', '[\n{"a":1},\n{"a":x},\n{"a":3}]')).toEqual([
    { a: 1 },
    expect.objectContaining({ code: 'ingest.json-invalid', line: 3 }),
    { a: 3 },
  ]);
  const cut = 'is not closed';
  await expect(read('a.json', '[{"a":1},{"a":2}')).rejects.toThrow(cut);
  await expect(read('a.json', '[{"a":1},')).rejects.toThrow(cut);
});

test('an empty file has no rows, and an ending that says nothing is told', async () => {
  expect(await read('a.csv', '')).toEqual([]);
  expect(await read('a.csv', 'name,age\n')).toEqual([]);
  await expect(read('a.xls', 'x')).rejects.toThrow('its ending is none of csv');
  await expect(read('a.csv', 'a,,c\n1,2,3\n', { csv: { header: true } })).rejects.toThrow(
    'a.csv: column 2 of the header has no name',
  );
  await expect(read('a.csv', 'a,b,a\n1,2,3\n', { csv: { header: true } })).rejects.toThrow(
    '"a" twice',
  );
});
