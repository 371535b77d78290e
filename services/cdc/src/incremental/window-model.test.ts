/**
 * Model test of snapshots beside the stream: the real code against a small database with a log, and fast-check chooses
 * in which order the database changes, is read, marked, streamed and written, and when the service is killed. What the
 * model grants the real world: a snapshot holds all that was delivered when it was asked for, marks and changes come in
 * the order of the log, and what is written to Kafka is written whole together with the position.
 */
import { type Tuple, valueKind } from '@millrace/pgoutput';
import { silentLogger } from '@millrace/pipeline';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CapturedTable } from '../captured-table.ts';
import type { ChangeBatch } from '../change-batch.ts';
import { codecForType } from '../columns/codec-for-type.ts';
import { defaultModes } from '../columns/column-modes.ts';
import { createTableWriter } from '../envelope/table-writer.ts';
import type { CdcMetrics } from '../metrics.ts';
import { createTaskNotices } from '../notifications/task-notices.ts';
import type { RowChange } from '../row-change.ts';
import { readProgress } from '../snapshot/table-progress.ts';
import { createStateLog } from '../state-log.ts';
import {
  createIncrementalSnapshot,
  type IncrementalSnapshot,
  markPrefix,
  PAUSED_FACT,
} from './incremental-snapshot.ts';
import type { WindowChunk } from './read-in-window.ts';

const IDS = 7;
const CHUNK_ROWS = 2;
const NAMES = ['a', 'b'] as const;
type Name = (typeof NAMES)[number];

/** A change as a consumer is told it: the row's new version, or the version at which it went. */
interface Told {
  readonly name: Name;
  readonly op: 'r' | 'c' | 'd' | 't';
  readonly id: number;
  readonly version: number;
}
type Entry = { readonly mark: string } | { readonly changes: readonly Told[] };
type Rows = ReadonlyMap<number, number>;

const types = new Map([[1, { oid: 1, name: 'int4', kind: 'base' }]] as const);
const codec = codecForType(types, 1, -1, defaultModes);
const tableOf = (name: Name, columnNames: readonly string[]): CapturedTable => {
  const columns = columnNames.map((column) => ({ name: column, nullable: false, codec }));
  const shape = { schema: 'public', table: name, columns, keyColumns: [0] };
  const names = { version: '1', prefix: 'changes.s', database: 'd', schema: 'public', table: name };
  const writer = createTableWriter(shape, { key: 1, value: 2 }, names);
  return { shape, writer, topic: `changes.s.public.${name}`, partitions: 1, rereads: false };
};
/** Before and after a column was added. */
const shapes = { a: ['id', 'n'], b: ['id', 'n', 'more'] } as const;

const textTuple = (id: number): Tuple => {
  const bytes = Buffer.from(String(id));
  return {
    ...{ bytes, columnCount: 1, kinds: Uint8Array.of(valueKind.text) },
    ...{ starts: Uint32Array.of(0), lengths: Uint32Array.of(bytes.length) },
  };
};
const COPY_HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const copyMessage = (values: readonly number[], isFirst: boolean): Buffer => {
  const row = Buffer.alloc(2 + 8 * values.length);
  row.writeInt16BE(values.length);
  for (const [i, value] of values.entries()) {
    row.writeInt32BE(4, 2 + 8 * i);
    row.writeInt32BE(value, 6 + 8 * i);
  }
  return isFirst ? Buffer.concat([COPY_HEADER, row]) : row;
};

const fold = (changes: readonly Told[], name: Name): Rows => {
  const rows = new Map<number, number>();
  for (const change of changes) {
    if (change.name !== name) continue;
    if (change.op === 't') rows.clear();
    else if (change.op === 'd') rows.delete(change.id);
    else rows.set(change.id, change.version);
  }
  return rows;
};

interface Reading {
  readonly name: Name;
  readonly table: CapturedTable;
  readonly after: number;
  readonly rowsMax: number;
  readonly answer: (chunk: WindowChunk) => void;
  chunk?: WindowChunk;
}

/** The database and Kafka, which outlive the service; and the service as it is now. */
const createWorld = () => {
  const log: Entry[] = [];
  const written: Told[] = [];
  const facts = new Map<string, Buffer>();
  const requests = { a: 0, b: 0 };
  const everDone = new Set<Name>();
  const state = createStateLog({ brokers: [], clientId: 'model', logger: silentLogger }, 's');
  let [version, position, delivered, added] = [0, 0, 0, 0];
  let batch: { told: Told[]; facts: [string, Buffer | null][] } = { told: [], facts: [] };
  let reading: Reading | undefined;
  let marking: { readonly mark: string; readonly done: () => void } | undefined;
  let snapshot: IncrementalSnapshot;

  const changesUntil = (index: number): readonly Told[] =>
    log.slice(0, index).flatMap((entry) => ('changes' in entry ? entry.changes : []));
  const rowsNow = (name: Name): Rows => fold(changesUntil(log.length), name);
  const captured = (name: Name): CapturedTable =>
    tableOf(name, added % 2 === 0 ? shapes.a : shapes.b);

  const start = (): void => {
    batch = { told: [], facts: [] };
    reading = undefined;
    marking = undefined;
    delivered = position;
    const mine = batch;
    const add = (_topic: string, _partition: number, record: { key: unknown; value: unknown }) => {
      mine.facts.push([String(record.key), record.value as Buffer | null]);
    };
    const own = createIncrementalSnapshot({
      left: {
        tasks: readProgress(facts).filter(({ status }) => status === 'running'),
        isPaused: facts.has(PAUSED_FACT),
      },
      ...{ source: 's', chunkRows: CHUNK_ROWS, chunkBytes: 1_000_000, state, nowMs: () => 0 },
      asks: {
        check: async () => undefined,
        reset: async () => undefined,
        readChunk: ({ afterKey, rowsMax, table }) =>
          new Promise((answer) => {
            const name = table.shape.table as Name;
            reading = { name, table, after: Number(afterKey?.[0] ?? -1), rowsMax, answer };
          }),
        putMark: (mark) =>
          new Promise((done) => {
            marking = { mark, done };
          }),
      },
      output: { open: { add } as unknown as ChangeBatch, added: () => undefined },
      encodeChange: ({ shape }, { row }) => {
        const value = (column: number) => row?.bytes.readInt32BE(row.starts[column] ?? 0) ?? 0;
        const name = shape.table as Name;
        mine.told.push({ name, op: 'r', id: value(0), version: value(1) });
        return 'encoded';
      },
      notices: createTaskNotices(
        () => [],
        () => undefined,
      ),
      findTable: async ({ table }) => captured(table as Name),
      metrics: { changed: () => undefined } as unknown as CdcMetrics,
      logger: silentLogger,
      failed: (error) => {
        throw error;
      },
    });
    snapshot = own;
    own.start();
  };

  const tellListener = (change: Told): void => {
    const { listener } = snapshot;
    const table = captured(change.name);
    if (change.op === 't') {
      listener.truncated?.(table);
      return;
    }
    const row = textTuple(change.id);
    const isGone = change.op === 'd';
    const told = { op: change.op, old: isGone ? row : undefined, row: isGone ? undefined : row };
    listener.rowChange?.(table, told as RowChange);
  };

  const actions = {
    commit: (changes: readonly Omit<Told, 'version'>[]) => {
      version++;
      log.push({ changes: changes.map((change) => ({ ...change, version })) });
    },
    /** The capture begins: what was committed before is not streamed. */
    begin: () => {
      position = log.length;
      delivered = log.length;
    },
    addColumn: () => {
      added++;
    },
    /** The open chunk is read in a snapshot that may miss what is not delivered yet. */
    read: (share: number) => {
      if (reading === undefined || reading.chunk !== undefined) return;
      const seenFrom = Math.max(delivered, position);
      const seen = seenFrom + Math.round(share * (log.length - seenFrom));
      const { after, name, rowsMax, table } = reading;
      const left = [...fold(changesUntil(seen), name)]
        .filter(([id]) => id > after)
        .sort(([one], [other]) => one - other);
      const rows = left.slice(0, rowsMax);
      const isEnd = left.length < rowsMax;
      const more = table.shape.columns.slice(2).map(() => 0);
      reading.chunk = {
        messages: rows.map(([id, n], i) => copyMessage([id, n, ...more], i === 0)),
        lastKey: isEnd ? undefined : [String(rows.at(-1)?.[0])],
        ...{ byteCount: rows.length, isTooLarge: false, lsn: 0 },
      };
    },
    answer: () => {
      if (reading?.chunk === undefined) return;
      const { answer, chunk } = reading;
      reading = undefined;
      answer(chunk);
    },
    mark: () => {
      if (marking === undefined) return;
      log.push({ mark: marking.mark });
      marking.done();
      marking = undefined;
    },
    deliver: () => {
      const entry = log[delivered];
      if (entry === undefined) return;
      delivered++;
      if ('mark' in entry) {
        const place = { transactional: true, lsn: 0n, transactionId: 1 };
        const content = Buffer.from(entry.mark);
        snapshot.listener.logicalMessage?.({ ...place, prefix: markPrefix('s'), content });
        return;
      }
      for (const change of entry.changes) {
        tellListener(change);
        batch.told.push(change);
      }
    },
    write: () => {
      written.push(...batch.told);
      for (const [key, value] of batch.facts) {
        if (value === null) facts.delete(key);
        else facts.set(key, value);
      }
      for (const { status, table } of readProgress(facts)) {
        if (status === 'done') everDone.add(table as Name);
      }
      batch.told = [];
      batch.facts = [];
      position = delivered;
    },
    kill: start,
    request: (name: Name) => {
      requests[name]++;
      snapshot.request([{ schema: 'public', table: name, rows: 0, asked: true }]);
    },
    stop: (name: Name) => snapshot.stop(({ table }) => table === name),
    pause: () => snapshot.pause(),
    resume: () => snapshot.resume(),
  };
  start();
  return {
    actions,
    ...{ everDone, facts, requests, rowsNow, written },
    isLeft: () => snapshot.tasks.length > 0 || delivered < log.length || batch.told.length > 0,
  };
};
type World = ReturnType<typeof createWorld>;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a generated wish means for the rows that are there. */
const change = (world: World, name: Name, wish: string, id: number, to: number): void => {
  const rows = world.rowsNow(name);
  const { commit } = world.actions;
  if (wish === 'truncate') commit([{ name, op: 't', id: 0 }]);
  else if (wish === 'write') commit([{ name, op: 'c', id }]);
  else if (!rows.has(id)) return;
  else if (wish === 'delete') commit([{ name, op: 'd', id }]);
  else if (!rows.has(to)) {
    commit([
      { name, op: 'd', id },
      { name, op: 'c', id: to },
    ]);
  }
};

const arbitraryName = fc.constantFrom(...NAMES);
const arbitraryId = fc.integer({ min: 0, max: IDS - 1 });
const oneOf = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
/** With their weights. */
const steps = [
  ...[[4, 'answer'] as const, [4, 'mark'] as const, [10, 'deliver'] as const],
  ...[[4, 'write'] as const, [2, 'kill'] as const, [1, 'addColumn'] as const],
  ...[[1, 'pause'] as const, [2, 'resume'] as const],
];
const arbitraryAction: fc.Arbitrary<(world: World) => void> = fc.oneof(
  oneOf(
    8,
    fc
      .tuple(
        arbitraryName,
        fc.constantFrom('write', 'write', 'write', 'delete', 'move', 'truncate', 'truncate'),
        ...([arbitraryId, arbitraryId] as const),
      )
      .map(
        ([name, wish, id, to]) =>
          (world: World) =>
            change(world, name, wish, id, to),
      ),
  ),
  oneOf(
    4,
    fc.integer({ min: 0, max: 4 }).map((quarter) => (world: World) => {
      world.actions.read(quarter / 4);
    }),
  ),
  ...steps.map(([weight, step]) =>
    oneOf(
      weight,
      fc.constant((world: World) => world.actions[step]()),
    ),
  ),
  oneOf(
    1,
    arbitraryName.map((name) => (world: World) => world.actions.stop(name)),
  ),
  oneOf(
    2,
    arbitraryName.map((name) => (world: World) => world.actions.request(name)),
  ),
);

/** Everything that is open is brought to its end. */
const finish = async (world: World): Promise<void> => {
  const { answer, deliver, mark, read, resume, write } = world.actions;
  resume();
  for (let i = 0; i < 500 && world.isLeft(); i++) {
    for (const step of [() => read(1), answer, mark, deliver, write]) {
      step();
      await turn();
    }
  }
  write();
};

const check = (world: World, name: Name): void => {
  const told = world.written.filter((one) => one.name === name);
  const newest = new Map<number, number>();
  let emptiedAt = 0;
  const reads = new Map<number, number>();
  for (const { id, op, version } of told) {
    // no row is older than what was told of it before
    expect(version).toBeGreaterThanOrEqual(Math.max(newest.get(id) ?? 0, emptiedAt));
    if (op === 't') emptiedAt = version;
    else newest.set(id, version);
    if (op === 'r') reads.set(id, (reads.get(id) ?? 0) + 1);
  }
  for (const count of reads.values()) expect(count).toBeLessThanOrEqual(world.requests[name]);
  const [folded, rows] = [fold(told, name), world.rowsNow(name)];
  if (world.everDone.has(name)) expect(folded).toEqual(rows);
  for (const [id, version] of folded) expect(rows.get(id)).toBe(version);
};

test('in whatever order the source is read, marked, changed and streamed, what was told equals the table, nothing old is behind something new, and each chunk is told once', async () => {
  const run = async (
    rows: readonly (readonly [Name, number])[],
    steps: readonly ((world: World) => void)[],
  ) => {
    const world = createWorld();
    for (const [name, id] of rows) change(world, name, 'write', id, id);
    // these were there before the capture began
    world.actions.begin();
    for (const name of NAMES) world.actions.request(name);
    for (const step of steps) {
      step(world);
      await turn();
    }
    await finish(world);
    expect(readProgress(world.facts).filter(({ status }) => status === 'running')).toEqual([]);
    for (const name of NAMES) check(world, name);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(arbitraryName, arbitraryId), { minLength: IDS, maxLength: 3 * IDS }),
      fc.array(arbitraryAction, { maxLength: 90, size: 'max' }),
      run,
    ),
    { numRuns: 2000 },
  );
}, 120_000);
