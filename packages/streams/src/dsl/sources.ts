import { MillraceError } from '@millrace/contracts';
import { type Duration, durationMs } from '../durations.ts';
import type { IdlePolicy, OutputRef, SourceOptions } from '../graph/graph.ts';
import type { GraphBuilder } from '../graph/graph-builder.ts';
import type {
  ChangeContractId,
  KeyedContractId,
  ReadOf,
  RecordContractId,
  RowChange,
} from './contract-types.ts';
import { moved, type Place, placed } from './place.ts';
import type { GlobalTable, KeyedStream, Stream, Table } from './stream.ts';
import { keyedStreamAt, streamAt, tableOf } from './stream-at.ts';

/** How event time is read and watched; all of it optional. */
export interface TimeOptions {
  /** How far records may be out of order within a partition; `0 ms` when left out. */
  readonly disorder?: Duration;
  /**
   * What becomes of event time when a partition falls silent; left out of the minimum after 30 s when
   * nothing is said.
   */
  readonly idle?: { readonly after: Duration; readonly action: IdlePolicy['action'] };
  readonly topic?: string;
  readonly others?: SourceOptions['others'];
}

type Longs = SourceOptions['longs'];

export interface FromOptions<Row, Field extends keyof Row, L extends Longs = 'number'>
  extends TimeOptions {
  /** The field with the event time, ms; the record's own timestamp when left out. */
  readonly time?: {
    [F in keyof Row]: Row[F] extends number | bigint | null ? F : never;
  }[keyof Row] &
    string;
  /**
   * How far that field may be ahead of the time at which the record was written to Kafka. One that is further ahead is an error: it
   * would make all that follow late. 366 days when nothing is said.
   */
  readonly ahead?: Duration;
  /** Reads only these. */
  readonly fields?: readonly Field[];
  /** What longs are read as; with `number`, one beyond 2^53 makes the record an error. */
  readonly longs?: L;
}

/** The beginnings of a graph: what `transform` hands to its function. */
export interface Sources {
  /** The records of an event's or a result's contract, without a key. */
  from<
    Id extends RecordContractId,
    L extends Longs = 'number',
    Field extends keyof ReadOf<Id, L> = keyof ReadOf<Id, L>,
  >(
    contract: Id,
    options?: FromOptions<ReadOf<Id, L>, Field, L>,
  ): Stream<Pick<ReadOf<Id, L>, Field>>;
  /** What happened to the rows of a captured table, keyed by its primary key. */
  changes<Id extends ChangeContractId>(
    contract: Id,
    options?: TimeOptions,
  ): KeyedStream<RowChange<ReadOf<Id>>>;
  /** The rows of a captured table as they stand, by primary key. */
  table<Id extends ChangeContractId>(contract: Id, options?: TimeOptions): Table<ReadOf<Id>>;
  /** The newest record of each key of an event's or a result's contract, as a table. */
  latest<Id extends RecordContractId & KeyedContractId>(
    contract: Id,
    options?: TimeOptions & Pick<FromOptions<ReadOf<Id>, never>, 'time' | 'ahead'>,
  ): Table<ReadOf<Id>>;
  /** A table that every task has whole: for what is small and joined by keys that records hold. */
  globalTable<Id extends KeyedContractId>(contract: Id): GlobalTable<ReadOf<Id>>;
}

const DEFAULT_IDLE: IdlePolicy = { afterMs: 30_000, action: 'leave' };

/** A table that is only looked up does not hold event time back: it may stay as it is for days. */
const NOT_WAITED_FOR: IdlePolicy = { afterMs: 0, action: 'leave' };

const idleOf = ({ idle }: TimeOptions): IdlePolicy => {
  if (idle === undefined) return DEFAULT_IDLE;
  const afterMs = durationMs(idle.after);
  if (afterMs > 0) return { afterMs, action: idle.action };
  throw new MillraceError('transform.invalid', 'a partition cannot be idle after no time at all');
};

/** The time field, and how far it may be ahead. */
const timeFieldOptions = ({
  time,
  ahead,
}: {
  readonly time?: string;
  readonly ahead?: Duration;
}): Pick<SourceOptions, 'timeField' | 'aheadMs'> => {
  if (time !== undefined)
    return { timeField: time, ...(ahead !== undefined && { aheadMs: durationMs(ahead) }) };
  if (ahead === undefined) return {};
  throw new MillraceError('transform.invalid', "'ahead' is said of the field that 'time' names");
};

const sourceOptions = ({
  disorder = 0,
  topic,
  others,
  longs,
  ...options
}: TimeOptions & { readonly longs?: Longs }): SourceOptions => ({
  disorderMs: durationMs(disorder),
  idle: idleOf(options),
  others: others ?? 'refuse',
  longs: longs ?? 'number',
  ...(topic !== undefined && { topic }),
});

export const sourcesOf = (graph: GraphBuilder): Sources => ({
  from(contract, options = {}) {
    const { fields } = options;
    const output = graph.source(contract, 'records', {
      ...sourceOptions(options),
      ...timeFieldOptions(options),
      ...(fields !== undefined && { fields: fields as readonly string[] }),
    });
    return streamAt({ graph, output, keying: 'none' });
  },
  changes(contract, options = {}) {
    const output = graph.source(contract, 'changes', sourceOptions(options));
    return keyedStreamAt(moved(graph, output));
  },
  table: (contract, options = {}) =>
    tableFrom(graph, contract, options, (output) => moved(graph, output)),
  latest: (contract, options = {}) =>
    tableFrom(graph, contract, options, (output) => placed(graph, output)),
  globalTable(contract) {
    graph.globalTable(contract);
    return { kind: 'global-table', contract };
  },
});

/** Captured rows lie where their primary key's bytes put them, records of events where the text of their key does. */
const tableFrom = <T>(
  graph: GraphBuilder,
  contract: string,
  options: TimeOptions & { readonly time?: string; readonly ahead?: Duration },
  place: (output: OutputRef) => Place,
): Table<T> => {
  const source = {
    ...sourceOptions(options),
    idle: { ...(options.idle === undefined ? NOT_WAITED_FOR : idleOf(options)) },
    ...timeFieldOptions(options),
  };
  const useTime = (): void => {
    Object.assign(source.idle, idleOf(options));
  };
  return tableOf({ place: place(graph.source(contract, 'table', source)), useTime });
};
