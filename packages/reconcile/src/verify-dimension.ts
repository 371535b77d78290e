/**
 * A dimension against its source table, row by row, while both change. Both servers add up a hash of every
 * row by buckets of keys, PostgreSQL in one snapshot, ClickHouse once it has landed what that snapshot saw;
 * only buckets whose sums differ are read row by row. Buckets are made of a hash of the key and not of its
 * order: neither server has to sort, and no collation can make the two disagree.
 *
 * ClickHouse has no snapshot of that moment and may be ahead, so a row that differs is only suspected. It is
 * asked for again until it is equal, or until its source row was the same row version in two snapshots and
 * the dimension differed after both: then it is wrong. One that changes all the time stays unsettled.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import type { WarehouseContract } from '@millrace/contracts';
import pg from 'pg';
import { type CatchUp, untilLanded, untilTableRead } from './caught-up.ts';
import {
  type Bucket,
  type ComparedRow,
  type ComparedTable,
  describeCompared,
  type Sides,
} from './compared-table.ts';
import type { CapturedTable } from './table-read.ts';

export interface WrongRow {
  readonly kind: 'missing' | 'extra' | 'different';
  readonly key: readonly (string | null)[];
  /** Of a different row: which columns, and the values when they may be shown. */
  readonly columns: readonly {
    readonly name: string;
    readonly source?: string | null;
    readonly target?: string | null;
  }[];
}

export interface DimensionVerdict {
  readonly contract: string;
  readonly table: string;
  readonly view: string;
  readonly sourceRows: number;
  readonly targetRows: number;
  readonly notCompared: readonly string[];
  readonly wrong: readonly WrongRow[];
  /** Rows that changed in every round. */
  readonly unsettled: number;
  /** Buckets beyond what one run looks into row by row. */
  readonly notExamined: number;
  readonly elapsedMs: number;
  readonly ok: boolean;
}

export interface VerifyDimensionOptions {
  readonly contract: WarehouseContract;
  readonly postgresUrl: string;
  readonly clickhouse: ClickHouse;
  readonly catchUp: Omit<CatchUp, 'topic' | keyof CapturedTable>;
  readonly showValues: boolean;
  /** How long PostgreSQL may work on one statement, ms; no bound when left out. */
  readonly statementTimeoutMs?: number;
  /** Ends the comparison: it rejects then. */
  readonly signal?: AbortSignal;
  /** Told what begins, in the order of `dimensionSteps`; `rows` once for each look at rows that differ. */
  readonly onStep?: (step: DimensionStep) => void;
}

/** `read`: the capture reads the table for the first time; `source`: PostgreSQL adds up; `landing`: the sink comes to that moment; `target`: ClickHouse adds up; `rows`: what differs is looked at. */
export const dimensionSteps = ['read', 'source', 'landing', 'target', 'rows'] as const;
export type DimensionStep = (typeof dimensionSteps)[number];

/** Rows of a bucket, about; and rows that one run looks at one by one, at most. */
const BUCKET_ROWS = 500;
const BUCKETS_MAX = 65_536;
const ROWS_AT_ONCE = 20_000;
const ROWS_EXAMINED_MAX = 100_000;
const ROUNDS = 8;

/** Rejects with `verify.table-incomparable`, `verify.sink-behind`, `clickhouse.*`, or PostgreSQL's own error. */
export async function verifyDimension(options: VerifyDimensionOptions): Promise<DimensionVerdict> {
  const { contract, postgresUrl } = options;
  const startedMs = performance.now();
  const connect = () =>
    new pg.Client({
      connectionString: postgresUrl,
      application_name: 'millrace verify',
      // Reads take no lock that a writer waits for; behind a writer's lock this does not wait for long either.
      options: '-c default_transaction_read_only=on -c lock_timeout=5000',
      ...(options.statementTimeoutMs !== undefined && {
        statement_timeout: options.statementTimeoutMs,
      }),
    });
  const [reader, watcher] = [connect(), connect()];
  const abort = () => void Promise.allSettled([reader.end(), watcher.end()]);
  options.signal?.addEventListener('abort', abort, { once: true });
  // a connection that breaks between two statements is told by the next statement
  for (const client of [reader, watcher]) client.on('error', () => undefined);
  try {
    await Promise.all([reader.connect(), watcher.connect()]);
    const table = await describeCompared(contract, reader, options.showValues);
    options.onStep?.('read');
    await untilTableRead(catchUpOf(options));
    const first = await firstRound(options, table, reader, watcher);
    const { wrong, unsettled } = await settle(options, table, reader, watcher, first.suspects);
    return {
      contract: contract.id,
      table: sourceName(contract),
      view: contract.warehouse.view,
      sourceRows: first.sourceRows,
      targetRows: first.targetRows,
      notCompared: table.notCompared,
      ...{ wrong, unsettled, notExamined: first.notExamined },
      elapsedMs: performance.now() - startedMs,
      ok: wrong.length === 0 && first.notExamined === 0,
    };
  } finally {
    options.signal?.removeEventListener('abort', abort);
    await Promise.allSettled([reader.end(), watcher.end()]);
  }
}

const capturedOf = ({ source: of }: WarehouseContract): CapturedTable => {
  const { source, schema, table } =
    of.kind === 'change' ? of : { source: '', schema: '', table: '' };
  return { source, schema, table };
};

const sourceName = (contract: WarehouseContract): string => {
  const { schema, table } = capturedOf(contract);
  return `${schema}.${table}`;
};

/** Runs `work` in one snapshot of the source; `lsn` is where the log stood at or after it. */
async function inSnapshot<T>(reader: pg.Client, work: (lsn: string) => Promise<T>): Promise<T> {
  await reader.query('begin isolation level repeatable read read only');
  try {
    const { rows } = await reader.query<{ lsn: string }>(
      'select pg_current_wal_insert_lsn()::text as lsn',
    );
    return await work(rows[0]!.lsn);
  } finally {
    await reader.query('commit');
  }
}

type Suspect = { readonly source?: ComparedRow; readonly target?: ComparedRow };

const catchUpOf = ({ contract, catchUp, signal }: VerifyDimensionOptions): CatchUp => ({
  ...catchUp,
  ...(signal !== undefined && { signal }),
  topic: contract.topic.name,
  ...capturedOf(contract),
});

async function firstRound(
  options: VerifyDimensionOptions,
  table: ComparedTable,
  reader: pg.Client,
  watcher: pg.Client,
) {
  const { clickhouse } = options;
  return inSnapshot(reader, async (lsn) => {
    const about = await reader.query<{ rows: number }>(
      'select greatest(reltuples, 0)::float8 as rows from pg_class where oid = to_regclass($1)',
      [sourceName(options.contract)],
    );
    const wanted = Math.ceil((about.rows[0]?.rows ?? 0) / BUCKET_ROWS);
    const buckets = Math.min(BUCKETS_MAX, Math.max(64, wanted));
    options.onStep?.('source');
    const source = await table.sums(buckets).source(reader);
    options.onStep?.('landing');
    await untilLanded(watcher, lsn, catchUpOf(options));
    options.onStep?.('target');
    const target = await table.sums(buckets).target(clickhouse);
    const differing = differingBuckets(source, target);
    const suspects = new Map<string, Suspect>();
    let examined = 0;
    let at = 0;
    if (differing.length > 0) options.onStep?.('rows');
    while (at < differing.length && examined < ROWS_EXAMINED_MAX) {
      const batch: number[] = [];
      let rows = 0;
      while (at < differing.length && (batch.length === 0 || rows < ROWS_AT_ONCE)) {
        batch.push(differing[at]!.bucket);
        rows += differing[at]!.rows;
        at += 1;
      }
      examined += rows;
      for (const [hash, one] of await pairsOf(table.rows(buckets, batch), reader, clickhouse)) {
        if (one.source?.hash !== one.target?.hash) suspects.set(hash, one);
      }
    }
    const total = (side: readonly Bucket[]) => side.reduce((sum, { rows }) => sum + rows, 0);
    return {
      ...{ suspects, sourceRows: total(source), targetRows: total(target) },
      notExamined: differing.length - at,
    };
  });
}

function differingBuckets(source: readonly Bucket[], target: readonly Bucket[]) {
  const targets = new Map(target.map((one) => [one.bucket, one]));
  const sources = new Map(source.map((one) => [one.bucket, one]));
  const all = new Set([...sources.keys(), ...targets.keys()]);
  return [...all]
    .filter((bucket) => {
      const [one, other] = [sources.get(bucket), targets.get(bucket)];
      return one?.rows !== other?.rows || one?.hash !== other?.hash;
    })
    .map((bucket) => ({
      bucket,
      rows: Math.max(sources.get(bucket)?.rows ?? 0, targets.get(bucket)?.rows ?? 0),
    }));
}

async function pairsOf(
  sides: Sides<readonly ComparedRow[]>,
  reader: pg.Client,
  clickhouse: ClickHouse,
): Promise<ReadonlyMap<string, Suspect>> {
  const source = await sides.source(reader);
  const target = await sides.target(clickhouse);
  const pairs = new Map<string, Suspect>(source.map((row) => [row.keyHash, { source: row }]));
  for (const row of target) pairs.set(row.keyHash, { ...pairs.get(row.keyHash), target: row });
  return pairs;
}

/** Asks for the suspects again, each round in a new snapshot, until they are equal or surely wrong. */
async function settle(
  options: VerifyDimensionOptions,
  table: ComparedTable,
  reader: pg.Client,
  watcher: pg.Client,
  found: ReadonlyMap<string, Suspect>,
): Promise<{ wrong: readonly WrongRow[]; unsettled: number }> {
  const wrong: WrongRow[] = [];
  let suspects = found;
  for (let round = 0; round < ROUNDS && suspects.size > 0; round += 1) {
    const next = new Map<string, Suspect>();
    options.onStep?.('rows');
    for (const keys of batchesOf([...suspects.keys()])) {
      const now = await inSnapshot(reader, async (lsn) => {
        const source = await table.again(keys).source(reader);
        await untilLanded(watcher, lsn, catchUpOf(options));
        return pairsOf(
          { ...table.again(keys), source: async () => source },
          reader,
          options.clickhouse,
        );
      });
      for (const key of keys) {
        const [before, after] = [suspects.get(key)!, now.get(key) ?? {}];
        if (after.source?.hash === after.target?.hash) continue;
        if (before.source?.version === after.source?.version) wrong.push(wrongRow(table, after));
        else next.set(key, after);
      }
    }
    suspects = next;
  }
  return { wrong, unsettled: suspects.size };
}

const KEYS_AT_ONCE = 2_000;

function* batchesOf(keys: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) yield keys.slice(at, at + KEYS_AT_ONCE);
}

function wrongRow({ columns }: ComparedTable, { source, target }: Suspect): WrongRow {
  const key = (source ?? target)!.key;
  if (!source || !target) return { kind: source ? 'missing' : 'extra', key, columns: [] };
  return {
    kind: 'different',
    key,
    columns: columns.flatMap((name, index) => {
      const [left, right] = [source.values[index] ?? null, target.values[index] ?? null];
      return left === right ? [] : [{ name, source: left, target: right }];
    }),
  };
}
