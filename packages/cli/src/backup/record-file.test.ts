import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readRecords, writeRecords } from './record-file.ts';

test('bytes, headers and times come back as they were, absent keys and values, too', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-records-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'topic.gz');
  const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const records = [
    { partition: 0, offset: 4, timestampMs: 7, key: every, value: null, headers: { a: every } },
    { partition: 1, offset: 0, timestampMs: 9, key: null, value: Buffer.from('\n'), headers: {} },
  ];
  const given = (async function* () {
    yield* records;
  })();
  expect(await writeRecords(path, given)).toBe(2);
  const found = [];
  for await (const one of readRecords(path)) found.push(one);
  expect(found).toEqual(
    records.map(({ partition, offset, ...record }) => ({ partition, offset, record })),
  );
});
