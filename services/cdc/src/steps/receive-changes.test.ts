import { silentLogger } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createAcknowledgement } from '../acknowledgement.ts';
import { createBatcher } from '../batcher.ts';
import type { CapturedTable } from '../captured-table.ts';
import { createDeliveredTransactions } from '../delivered-transactions.ts';
import { createMessageRecords } from '../messages/message-records.ts';
import { declareMetrics } from '../metrics.ts';
import type { StreamListener } from '../stream-listener.ts';
import { createReceiveChanges, type Mark } from './receive-changes.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const hex64 = (value: number): string => value.toString(16).padStart(16, '0');
const begin = (commitLsn: number) => bytes(`42 ${hex64(commitLsn)} ${hex64(0)} 00000007`);
const commit = (commitLsn: number) =>
  bytes(`43 00 ${hex64(commitLsn)} ${hex64(commitLsn + 8)} ${hex64(0)}`);
const relation = bytes('52 00000001 7075626c696300 7400 64 0001 01 696400 00000017 ffffffff');
const insert = (digit: number) =>
  bytes(`49 00000001 4e 0001 74 00000001 ${(48 + digit).toString(16)}`);

const names = { version: '1', prefix: 'changes.s', database: 'd', schema: '', table: '' };
const messageTopic = Promise.resolve({
  ...{ topic: 'changes.s.message', partitions: 1, keySchemaId: 1, valueSchemaId: 2, names },
});

/** Receives into batches that are never written; rows are noted as digits. */
const setUp = (
  position = { commitLsn: 0n, index: 0, systemId: 's' },
  listeners: readonly StreamListener[] = [],
  /** Rows that do not fit the table's shape the first time. */
  outdated: string[] = [],
) => {
  const rows: string[] = [];
  const holds: boolean[] = [];
  const acknowledgement = createAcknowledgement();
  const prepared = Promise.withResolvers<CapturedTable | undefined>();
  const corrected = Promise.withResolvers<CapturedTable | undefined>();
  let preparations = 0;
  const nothing = (): undefined => undefined;
  const delivered = createDeliveredTransactions();
  const messages = createMessageRecords({
    ...{ include: ['*'], exclude: ['a'], recordBytesMax: 1000 },
    prepareTopic: () => messageTopic,
  });
  const batcher = createBatcher<Mark>({
    intervalMs: 0,
    clock: createManualClock(),
    ...{ recordsMax: 100, bytesMax: 1000, waitingBytesMax: 1000 },
    ...{ write: () => Promise.resolve(), written: nothing, pressure: nothing, failed: nothing },
  });
  const receive = createReceiveChanges({
    ...{ transactions: undefined },
    ...{ listeners, delivered, spool: undefined, room: () => Promise.resolve() },
    ...{ position, acknowledgement, emitTruncate: false, logger: silentLogger, nowMs: () => 0 },
    batcher,
    messages,
    encodeChange: (_table, { row }) => {
      const digit = row?.bytes.toString('latin1', row.starts[0], (row.starts[0] ?? 0) + 1) ?? '';
      if (outdated.includes(digit)) {
        outdated.splice(outdated.indexOf(digit), 1);
        return 'outdated';
      }
      rows.push(digit);
      return 'encoded';
    },
    prepareRelation: () => (preparations++ === 0 ? prepared : corrected).promise,
    holding: (hold) => holds.push(hold),
    failed: (error) => {
      throw error;
    },
    metrics: declareMetrics(createMetrics('cdc')),
  });
  const feed = (...messages: readonly Buffer[]): void => {
    for (const message of messages) receive.message(message, 5);
  };
  return { acknowledgement, batcher, corrected, delivered, feed, holds, prepared, receive, rows };
};
const table = {} as CapturedTable; // the encoder of these tests does not look at it

test('rows behind a new relation wait until its schemas are registered, and keep their order', async () => {
  const { feed, holds, prepared, rows } = setUp();
  feed(begin(100), relation, insert(1), insert(2), commit(100), begin(200), insert(3), commit(200));
  expect([rows, holds]).toEqual([[], [true]]);
  prepared.resolve(table);
  await expect.poll(() => holds).toEqual([true, false]);
  expect(rows).toEqual(['1', '2', '3']);
});

test('changes at or below the position are left out, also in the middle of a transaction', async () => {
  const { feed, holds, prepared, receive, rows } = setUp({
    commitLsn: 200n,
    index: 2,
    systemId: 's',
  });
  prepared.resolve(table);
  feed(begin(100), relation);
  await expect.poll(() => holds).toEqual([true, false]);
  feed(insert(1), commit(100), begin(200), insert(2), insert(3), insert(4), commit(200));
  feed(begin(300), insert(5));
  expect(rows).toEqual(['4', '5']);
  expect(receive.mark().position).toEqual({ commitLsn: 300n, index: 1, systemId: 's' });
});

test('a keepalive counts outside a transaction only, and a commit counts to its end', async () => {
  const { acknowledgement, feed, receive } = setUp();
  feed(begin(100));
  receive.keepalive(5000n);
  expect(acknowledgement.receivedLsn).toBe(0n);
  feed(commit(100));
  expect(acknowledgement.receivedLsn).toBe(108n);
  receive.keepalive(5000n);
  expect(acknowledgement.confirmedLsn).toBe(5000n);
});

test('a table that is not captured passes without a row', async () => {
  const { feed, holds, prepared, rows } = setUp();
  prepared.resolve(undefined);
  feed(begin(100), relation);
  await expect.poll(() => holds).toEqual([true, false]);
  feed(insert(1), commit(100));
  expect(rows).toEqual([]);
});

test('a row that waits for its table’s corrected shape is not written yet, by the position of a cut in front of it', async () => {
  const { corrected, feed, holds, prepared, receive, rows } = setUp(undefined, [], ['2']);
  prepared.resolve(table);
  feed(begin(100), relation);
  await expect.poll(() => holds).toEqual([true, false]);
  feed(insert(1), insert(2), insert(3), commit(100));
  expect(rows).toEqual(['1']);
  // what is cut here, for a fact or because the batch before is written, holds one row
  expect(receive.mark().position).toEqual({ commitLsn: 100n, index: 1, systemId: 's' });
  corrected.resolve(table);
  await expect.poll(() => rows).toEqual(['1', '2', '3']);
  expect(receive.mark().position).toEqual({ commitLsn: 100n, index: 3, systemId: 's' });
});

const message = (transactional: boolean, lsn: number, text: string, prefix = 'a') =>
  bytes(
    `4d 0${transactional ? 1 : 0} ${hex64(lsn)} ${Buffer.from(prefix).toString('hex')}00 ${text.length.toString(16).padStart(8, '0')} ${Buffer.from(text).toString('hex')}`,
  );

test('listeners hear rows and logical messages in order, and nothing that was written before', async () => {
  const heard: string[] = [];
  const { delivered, feed, holds, prepared, rows } = setUp(
    { commitLsn: 200n, index: 1, systemId: 's' },
    [
      {
        logicalMessage: ({ content, transactionId }) =>
          heard.push(`${content.toString()} in ${transactionId}`),
        rowChange: () => heard.push('row'),
      },
    ],
  );
  prepared.resolve(table);
  feed(relation);
  await expect.poll(() => holds).toEqual([true, false]);
  feed(message(false, 190, 'old'), begin(200), message(true, 195, 'also old'), insert(1));
  feed(message(true, 198, 'new'), commit(200), message(false, 250, 'alone'));
  expect(heard).toEqual(['row', 'new in 7', 'alone in undefined']);
  expect(rows).toEqual(['1']);
  expect([delivered.has(7), delivered.has(8)]).toEqual([true, false]);
});

test('a message outside a transaction has a position of its own, also where the next commit begins at its end', async () => {
  const first = setUp();
  first.feed(begin(100), commit(100), message(false, 250, 'alone', 'b'));
  await expect.poll(() => first.holds).toEqual([true, false]);
  const { position } = first.receive.mark();
  expect(position).toEqual({ commitLsn: 250n, index: 0, systemId: 's' });
  expect(first.acknowledgement.receivedLsn).toBe(250n);

  const { feed, holds, prepared, receive, rows } = setUp(position);
  prepared.resolve(table);
  feed(relation);
  await expect.poll(() => holds).toEqual([true, false]);
  feed(message(false, 250, 'alone', 'b'), begin(250), insert(1), insert(2), commit(250));
  expect([rows, holds.length]).toEqual([['1', '2'], 2]);
  expect(receive.mark().position).toEqual({ commitLsn: 250n, index: 2, systemId: 's' });
});

test('what comes behind the first message waits until its schemas are registered', async () => {
  const { batcher, feed, holds } = setUp();
  feed(begin(100), message(true, 90, 'one', 'b'), message(true, 95, 'two', 'b'));
  expect(batcher.open.recordCount).toBe(0);
  await expect.poll(() => holds).toEqual([true, false]);
  expect(batcher.open.recordCount).toBe(2);
});

test('an insert into a table that is published and not captured is told once, and not what was passed before a restart', async () => {
  const heard: string[] = [];
  const { feed, holds, prepared, receive, rows } = setUp(
    { commitLsn: 200n, index: 1, systemId: 's' },
    [
      {
        otherInsert: (oid, row) =>
          heard.push(
            `${oid}: ${row.bytes.toString('latin1', row.starts[0], (row.starts[0] ?? 0) + 1)}`,
          ),
      },
    ],
  );
  prepared.resolve(undefined);
  feed(relation);
  await expect.poll(() => holds).toEqual([true, false]);
  feed(begin(200), insert(1), insert(2), commit(200));
  expect([heard, rows]).toEqual([['1: 2'], []]);
  expect(receive.mark().position.index).toBe(2);
});
