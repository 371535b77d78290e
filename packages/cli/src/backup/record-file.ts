/**
 * Records of a topic as a file: one JSON line each (partition, offset, time, and key, value and headers as base64),
 * compressed. Streams in both directions, so that a topic need not fit into memory.
 */
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { ConsumedRecord, OutgoingRecord } from '@millrace/kafka';

export interface FiledRecord {
  readonly partition: number;
  readonly offset: number;
  readonly record: OutgoingRecord;
}

/** Resolves with how many were written. */
export async function writeRecords(
  path: string,
  records: AsyncIterable<ConsumedRecord & { readonly partition: number }>,
): Promise<number> {
  const gzip = createGzip();
  const done = finished(gzip.pipe(createWriteStream(path)));
  let count = 0;
  for await (const record of records) {
    count += 1;
    if (!gzip.write(`${lineOf(record)}\n`)) await once(gzip, 'drain');
  }
  gzip.end();
  await done;
  return count;
}

const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
const bytesOf = (text: string | null): Buffer | null =>
  text === null ? null : Buffer.from(text, 'base64');

function lineOf(record: ConsumedRecord & { readonly partition: number }): string {
  const { partition, offset, timestampMs, key, value, headers } = record;
  const pairs = Object.entries(headers).map(([name, one]) => [name, base64(one)]);
  return JSON.stringify([partition, offset, timestampMs, base64(key), base64(value), pairs]);
}

type Line = [number, number, number, string | null, string | null, [string, string][]];

export async function* readRecords(path: string): AsyncGenerator<FiledRecord, void, void> {
  const file = createReadStream(path).pipe(createGunzip());
  for await (const text of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
    const [partition, offset, timestampMs, key, value, pairs] = JSON.parse(text) as Line;
    const headers = Object.fromEntries(pairs.map(([name, one]) => [name, bytesOf(one)!]));
    const record = { key: bytesOf(key), value: bytesOf(value), headers, timestampMs };
    yield { partition, offset, record };
  }
}
