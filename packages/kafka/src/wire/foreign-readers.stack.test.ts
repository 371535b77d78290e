import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stackUnderTest } from '@millrace/testkit';
import { describe, expect, it } from 'vitest';
import { createProducer } from '../produce/create-producer.ts';
import type { Compression } from '../producer.ts';
import type { OutgoingRecord } from '../records.ts';
import { closedAfterTest, testConnection, testTopic } from '../testing/test-kafka.ts';

/**
 * What we write, read by clients of other authors: librdkafka (kcat) and the Java client, each where it
 * is installed. A missing reader is said, never passed.
 */
/** A reader that misses a record waits for it for ever. */
const READING_MS_MAX = 120_000;

const run = (program: string, args: readonly string[]) =>
  promisify(execFile)(program, args, { timeout: READING_MS_MAX });

const path = (process.env['PATH'] ?? '').split(':');
const onPath = (program: string): boolean => path.some((dir) => existsSync(join(dir, program)));

const cache = process.env['MILLRACE_CACHE_DIR'] ?? join(homedir(), '.cache', 'millrace');
const [kafkaJar] = globSync(join(cache, '*', 'kafka', 'kafka_2.13-*.jar'));

const records: OutgoingRecord[] = [
  { key: null, value: Buffer.from('plain'), timestampMs: 1_700_000_000_000 },
  { key: Buffer.from('key'), value: null, timestampMs: 1_700_000_000_001 },
  {
    key: Buffer.from('k'),
    value: Buffer.from('größe'),
    headers: { ce_id: '1', second: Buffer.from('b') },
    timestampMs: 1_699_999_999_000,
  },
  ...Array.from({ length: 300 }, (_, index) => ({
    key: Buffer.from(`${index}`),
    // Not empty: kcat prints an empty value as NULL.
    value: Buffer.from('x'.repeat(index + 1)),
    timestampMs: 1_600_000_000_000 + index,
  })),
];

const readTopic = new URL('../../fixtures/ReadTopic.java', import.meta.url).pathname;

const topicWith = async (compression: Compression): Promise<string> => {
  // their times are old: a broker that looks for what may go, every five minutes, would take them before they are read
  const topic = await testTopic(1, { 'retention.ms': '-1' });
  const producer = closedAfterTest(createProducer(testConnection(), { compression }));
  await producer.send([{ topic, partition: 0, records }]);
  return topic;
};

const lines = records.map(({ key, value, headers, timestampMs }, offset) => {
  const heads = Object.entries(headers ?? {}).map(([name, header]) => `${name}=${header}`);
  return [offset, timestampMs, key ?? 'NULL', value ?? 'NULL', heads.join(',')].join('|');
});

const codecs = ['none', 'gzip', 'lz4', 'zstd'] as const;

describe('batches that we write, compressed or not', () => {
  it.skipIf(!onPath('kcat'))('are read by librdkafka (needs kcat on the PATH)', async () => {
    for (const codec of codecs) {
      const { stdout } = await run('kcat', [
        ...['-b', stackUnderTest().kafkaBrokers, '-t', await topicWith(codec), '-C', '-e', '-q'],
        ...['-Z', '-X', 'check.crcs=true', '-o', 'beginning', '-f', '%o|%T|%k|%s|%h\n'],
      ]);
      expect(stdout.trimEnd().split('\n')).toEqual(lines);
    }
  });

  it.skipIf(kafkaJar === undefined || !onPath('javac'))(
    'are read by the Java client (needs a JDK, and the jars that the embedded stack caches)',
    async () => {
      const topics = await Promise.all(codecs.map(topicWith));
      const { stdout } = await run('java', [
        // whatever the locale: 17 reads the first, later ones the second
        ...['-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8'],
        ...['-cp', join(kafkaJar!, '..', '*'), readTopic],
        ...[stackUnderTest().kafkaBrokers, `${records.length}`, ...topics],
      ]);
      expect(stdout.trimEnd().split('\n')).toEqual(codecs.flatMap(() => lines));
    },
  );
});
