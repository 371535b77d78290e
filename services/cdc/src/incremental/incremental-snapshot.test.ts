import { setImmediate } from 'node:timers/promises';
import { MillraceError } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import { type Tuple, valueKind } from '@millrace/pgoutput';
import { silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import type { CapturedTable } from '../captured-table.ts';
import type { ChangeBatch } from '../change-batch.ts';
import { codecForType } from '../columns/codec-for-type.ts';
import { defaultModes } from '../columns/column-modes.ts';
import { createTableWriter } from '../envelope/table-writer.ts';
import type { CdcMetrics } from '../metrics.ts';
import { createTaskNotices } from '../notifications/task-notices.ts';
import type { RowChange } from '../row-change.ts';
import { createStateLog } from '../state-log.ts';
import { createIncrementalSnapshot, markPrefix, type TableTask } from './incremental-snapshot.ts';
import type { WindowChunk } from './read-in-window.ts';

const types = new Map([
  [1, { oid: 1, name: 'int4', kind: 'base' }],
  [2, { oid: 2, name: 'int8', kind: 'base' }],
] as const);
/** Two columns of numbers, the key being one of them. */
const tableOf = (key: 'id' | 'n', idType: 1 | 2 = 1): CapturedTable => {
  const column = (name: string, typeOid: number) => ({
    ...{ name, nullable: false, codec: codecForType(types, typeOid, -1, defaultModes) },
  });
  const columns = [column('id', idType), column('n', 1)];
  const shape = { schema: 'public', table: 't', columns, keyColumns: [key === 'id' ? 0 : 1] };
  const names = { version: '1', prefix: 'changes.s', database: 'd', schema: 'public', table: 't' };
  const writer = createTableWriter(shape, { key: 1, value: 2 }, names);
  return { shape, writer, topic: 'changes.s.public.t', partitions: 1, rereads: false };
};
/** COPY's binary form of rows of two int4. */
const chunkOf = (rows: readonly (readonly [number, number])[], isEnd: boolean): WindowChunk => {
  const field = (value: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32BE(4, 0);
    bytes.writeInt32BE(value, 4);
    return bytes;
  };
  const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
  const messages = rows.map(([id, n], i) =>
    Buffer.concat([...(i === 0 ? [header] : []), Buffer.from([0, 2]), field(id), field(n)]),
  );
  const lastKey = isEnd ? undefined : [String(rows.at(-1)?.[0])];
  return { messages, lastKey, byteCount: 0, isTooLarge: false, lsn: 0 };
};
const tupleOf = (...values: readonly number[]): Tuple => {
  const texts = values.map((value) => Buffer.from(String(value)));
  const starts = texts.map((_, i) => Buffer.concat(texts.slice(0, i)).length);
  return {
    ...{ bytes: Buffer.concat(texts), columnCount: values.length },
    kinds: Uint8Array.from(values, () => valueKind.text),
    starts: Uint32Array.from(starts),
    lengths: Uint32Array.from(texts, ({ length }) => length),
  };
};

const ofTable: TableTask = { schema: 'public', table: 't', rows: 0 };
const nothingLeft = { tasks: [], isPaused: false };
/** A snapshot whose reads and marks the test answers, one after the other. */
const setUp = (left: { tasks: readonly TableTask[]; isPaused: boolean } = nothingLeft) => {
  const told: (readonly [number, number])[] = [];
  const reads: { after: readonly string[] | undefined; answer: (chunk: WindowChunk) => void }[] =
    [];
  const marks: string[] = [];
  const facts: (readonly [string, boolean])[] = [];
  const refusing = {
    check: async (): Promise<void> => undefined,
    reset: async (): Promise<void> => undefined,
  };
  const now = { table: tableOf('id') };
  const connection = { brokers: [], clientId: 'test', logger: silentLogger };
  const snapshot = createIncrementalSnapshot({
    left,
    ...{ source: 's', chunkRows: 2, chunkBytes: 1_000_000, nowMs: () => 0, logger: silentLogger },
    state: createStateLog(connection, 's'),
    asks: {
      check: () => refusing.check(),
      reset: () => refusing.reset(),
      readChunk: ({ afterKey }) => new Promise((answer) => reads.push({ after: afterKey, answer })),
      putMark: async (mark) => void marks.push(mark),
    },
    output: {
      open: {
        add: (_topic: string, _partition: number, { key, value }: OutgoingRecord) =>
          facts.push([String(key), value !== null]),
      } as unknown as ChangeBatch,
      added: () => undefined,
    },
    encodeChange: (_table, { row }) => {
      const value = (column: number) => row?.bytes.readInt32BE(row.starts[column] ?? 0) ?? 0;
      told.push([value(0), value(1)]);
      return 'encoded';
    },
    notices: createTaskNotices(
      () => [],
      () => undefined,
    ),
    findTable: async () => now.table,
    metrics: { changed: () => undefined } as unknown as CdcMetrics,
    failed: (error) => {
      throw error;
    },
  });
  const arrives = (count: number) => {
    const content = Buffer.from(marks[count - 1] ?? '');
    const place = { transactional: true, lsn: 0n, transactionId: 1 };
    snapshot.listener.logicalMessage?.({ ...place, prefix: markPrefix('s'), content });
  };
  const asked = (what: readonly unknown[], count: number) =>
    expect.poll(() => what.length).toBe(count);
  return { arrives, asked, facts, marks, now, reads, refusing, snapshot, told };
};
/** Reading the table. */
const begun = () => {
  const all = setUp();
  all.snapshot.request([ofTable]);
  return all;
};

test('paused by an earlier session, a table that a signal asks for before the start is not read until it is resumed', async () => {
  const { asked, reads, snapshot } = setUp({ tasks: [], isPaused: true });
  snapshot.request([{ ...ofTable, asked: true }]);
  snapshot.start();
  await setImmediate();
  expect(reads).toHaveLength(0);
  snapshot.resume();
  await asked(reads, 1);
});

test('what an earlier session left is gone on with, unless a signal stops it before the start', async () => {
  const task = { ...ofTable, asked: true };
  const goesOn = setUp({ tasks: [task], isPaused: false });
  goesOn.snapshot.start();
  await goesOn.asked(goesOn.reads, 1);
  const stopped = setUp({ tasks: [task], isPaused: false });
  stopped.snapshot.stop(() => true);
  stopped.snapshot.start();
  await setImmediate();
  expect(stopped.reads).toHaveLength(0);
});

test('a request that takes the place of one that PostgreSQL is just refusing is remembered, and read', async () => {
  const { asked, facts, reads, refusing, snapshot } = setUp();
  const resetting = Promise.withResolvers<void>();
  const reset = Promise.withResolvers<void>();
  refusing.check = async () => {
    throw new MillraceError('cdc.choice-invalid', 'no such column');
  };
  refusing.reset = () => {
    resetting.resolve();
    return reset.promise;
  };
  snapshot.request([{ ...ofTable, asked: true, condition: 'no_such_column > 1' }]);
  await resetting.promise;
  refusing.check = async () => undefined;
  snapshot.request([{ ...ofTable, asked: true }]);
  reset.resolve();
  await asked(reads, 1);
  expect(facts.at(-1)).toEqual(['snapshot/public.t', true]);
});

test('a row that changes under a replaced key while its chunk waits is not told in its older state: the table begins anew', async () => {
  const { arrives, asked, marks, now, reads, snapshot, told } = begun();
  await asked(reads, 1);
  reads[0]?.answer(
    chunkOf(
      [
        [1, 10],
        [2, 20],
      ],
      false,
    ),
  );
  await asked(marks, 1);
  now.table = tableOf('n');
  const change = { op: 'u', row: tupleOf(3, 10), old: undefined } as unknown as RowChange;
  snapshot.listener.rowChange?.(now.table, change);
  arrives(1);
  await asked(reads, 2);
  expect(told).toEqual([]);
  reads[1]?.answer(
    chunkOf(
      [
        [3, 10],
        [2, 20],
      ],
      true,
    ),
  );
  await asked(marks, 2);
  arrives(2);
  expect(told).toEqual([
    [3, 10],
    [2, 20],
  ]);
});

test('a key that is replaced or retyped between two chunks has the table begin anew, as its order is another', async () => {
  const { arrives, asked, marks, now, reads } = begun();
  await asked(reads, 1);
  reads[0]?.answer(
    chunkOf(
      [
        [1, 10],
        [9, 20],
      ],
      false,
    ),
  );
  await asked(marks, 1);
  now.table = tableOf('id', 2);
  arrives(1);
  await asked(reads, 2);
  expect(reads[1]?.after).toBeUndefined();
});

test('a table that is altered between the look at its shape and the reading is read again', async () => {
  const { arrives, asked, marks, now, reads, told } = begun();
  await asked(reads, 1);
  now.table = tableOf('n');
  reads[0]?.answer(chunkOf([[1, 10]], true));
  await asked(reads, 2);
  expect(marks).toEqual([]);
  reads[1]?.answer(chunkOf([[1, 10]], true));
  await asked(marks, 1);
  arrives(1);
  expect(told).toEqual([[1, 10]]);
});
