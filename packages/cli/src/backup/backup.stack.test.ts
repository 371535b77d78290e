import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { restingText } from '@millrace/contracts';
import {
  createAdmin,
  createProducer,
  createTransactionalProducer,
  type KafkaConnection,
} from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  createClickHouseDatabase,
  readCommitted,
  stackUnderTest,
  uniqueName,
} from '@millrace/testkit';
import { expect, onTestFinished, test } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

const directoryFor = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-backup-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
};

const millrace = async (clickhouseUrl: string, ...args: readonly string[]) => {
  const { kafkaBrokers, registryUrl } = stackUnderTest();
  const env = {
    ...process.env,
    MILLRACE_KAFKA_BROKERS: kafkaBrokers,
    MILLRACE_REGISTRY_URL: registryUrl,
    MILLRACE_CLICKHOUSE_URL: clickhouseUrl,
  };
  return promisify(execFile)(process.execPath, [main, ...args], { env }).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stdout, stderr }) => ({ code: code as number, said: String(stdout) + stderr }),
  );
};

const sendOne = async (connection: KafkaConnection, topic: string): Promise<void> => {
  const producer = createProducer(connection);
  await producer.send([{ topic, partition: 1, records: [{ key: null, value: null }] }]);
  await producer.close();
};

test('topics, their records and groups come back; an offset goes to the same record, under its new log', async () => {
  const { kafkaBrokers, clickhouseUrl } = stackUnderTest();
  const connection = {
    ...{ brokers: kafkaBrokers.split(','), clientId: 'backup', logger: silentLogger },
  };
  const admin = createAdmin(connection);
  onTestFinished(() => admin.close());
  const topic = `events.${uniqueName('backup')}.t`;
  const group = uniqueName('group');
  const config = { 'retention.ms': '-1' };
  await admin.createTopics([{ name: topic, partitions: 2, replicationFactor: 1, config }]);
  onTestFinished(() => admin.deleteTopics([topic]).catch(() => undefined));
  const producer = createTransactionalProducer(connection, {
    ...{ transactionalId: uniqueName('tx'), transactionTimeoutMs: 60_000 },
  });
  // Each transaction leaves a marker behind, so that offsets have gaps: 0 1 2 – 4 5 6.
  for (const text of ['a', 'b']) {
    await producer.transaction((transaction) =>
      transaction.send([
        {
          ...{ topic, partition: 1 },
          records: [0, 1, 2].map((n) => ({
            ...{ key: Buffer.from(text), value: n === 1 ? null : Buffer.from(`${text}${n}`) },
            ...{ headers: { h: Buffer.from([0, 255]) }, timestampMs: 1_700_000_000_000 + n },
          })),
        },
      ]),
    );
  }
  await producer.fence();
  await producer.close();
  const log = { cluster: 'c', topicId: await admin.topicId(topic), epoch: '0' };
  await admin.commitOffsets(group, [
    { topic, partition: 1, offset: 5, metadata: restingText(log) },
  ]);
  const records = await readCommitted(kafkaBrokers, topic, { partition: 1 });
  const directory = join(await directoryFor(), 'backup');
  const parts = ['--only', 'kafka'];
  const chosen = ['--topics', topic, '--records', topic];
  const taken = await millrace(clickhouseUrl, 'backup', directory, ...parts, ...chosen);
  expect(taken).toMatchObject({ code: 0 });

  const beside = await millrace(clickhouseUrl, 'restore', directory, ...parts);
  expect(beside).toMatchObject({ code: 1 });
  expect(beside.said).toContain(`topics hold records: ${topic}`);
  // it is still the same log, in which the group has gone on
  const gone = { topic, partition: 1, offset: 6, metadata: 'own' };
  await admin.commitOffsets(group, [gone]);
  const besides = [...parts, '--besides'];
  const kept = await millrace(clickhouseUrl, 'restore', directory, ...besides);
  expect(kept).toMatchObject({ code: 0, said: expect.not.stringContaining('fewer records') });
  expect(await admin.committedOffsets(group, [topic])).toMatchObject([gone]);

  // what a restore that was cut off leaves behind
  await admin.deleteTopics([topic]);
  await admin.createTopics([{ name: topic, partitions: 2, replicationFactor: 1, config }]);
  await sendOne(connection, topic);
  const cutOff = await millrace(clickhouseUrl, 'restore', directory, ...besides);
  expect(cutOff.said).toContain(`left with fewer records than the backup: ${topic} (1 of 6)`);
  await admin.deleteTopics([topic]);
  await admin.deleteGroup(group);
  expect(await millrace(clickhouseUrl, 'restore', directory, ...parts)).toMatchObject({ code: 0 });

  const [state] = await admin.describeTopics([topic]);
  expect(state).toMatchObject({ partitions: 2, config: { 'retention.ms': '-1' } });
  const plain = (all: typeof records) =>
    all.map(({ key, value, headers, timestampMs }) => ({ key, value, ...headers, timestampMs }));
  const back = await readCommitted(kafkaBrokers, topic, { partition: 1 });
  expect(plain(back)).toEqual(plain(records));
  // b1, the fifth record, was at 5 and is at 4.
  const [placed] = await admin.committedOffsets(group, [topic]);
  const now = { cluster: await admin.clusterId(), topicId: await admin.topicId(topic), epoch: '0' };
  expect(placed).toMatchObject({ offset: 4, metadata: restingText(now, { countsFrom: 4 }) });
  await admin.deleteGroup(group);
});

test('tables come back from ClickHouse’s own backup, a drill leaves nothing behind, and what exists is not touched', async () => {
  const database = await createClickHouseDatabase('backup');
  onTestFinished(() => database.drop());
  await database.query('CREATE TABLE t (a Int64) ENGINE = MergeTree ORDER BY a');
  await database.query('CREATE VIEW v AS SELECT sum(a) AS total FROM t');
  await database.query('INSERT INTO t SELECT number FROM numbers(1000)');
  const directory = join(await directoryFor(), uniqueName('b'));
  const run = (...args: string[]) => millrace(database.url, ...args, '--only', 'warehouse');
  expect(await run('backup', directory)).toMatchObject({ code: 0 });
  const later = `${directory}-later`;
  await database.query('INSERT INTO t SELECT number FROM numbers(10)');
  expect(await run('backup', later, '--since', directory)).toMatchObject({ code: 0 });
  const drill = await run('restore', later, '--verify-only');
  expect(drill).toMatchObject({ code: 0 });
  expect(drill.said).toContain('1 tables restored beside, 1010 rows, dropped again');
  expect(await run('restore', later)).toMatchObject({ code: 1 });
  await database.query('DROP TABLE t SYNC');
  await database.query('DROP VIEW v SYNC');
  expect(await run('restore', later)).toMatchObject({ code: 0 });
  expect(await database.query('SELECT total FROM v')).toEqual([{ total: 499_545 }]);
  const left = await database.query(
    `SELECT name FROM system.databases WHERE name LIKE 'millrace_drill%'`,
  );
  expect(left).toEqual([]);
});
