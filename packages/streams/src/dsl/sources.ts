import { type Duration, durationMs } from '../durations.ts';
import type { IdlePolicy, SourceOptions } from '../graph/graph.ts';
import type { GraphBuilder } from '../graph/graph-builder.ts';
import type { ChangeContractId, ReadOf, RecordContractId, RowChange } from './contract-types.ts';
import type { KeyedStream, Stream } from './stream.ts';
import { keyedStreamAt, streamAt } from './stream-at.ts';

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
}

const DEFAULT_IDLE: IdlePolicy = { afterMs: 30_000, action: 'leave' };

const sourceOptions = ({
  disorder = 0,
  idle,
  topic,
  others,
  longs,
}: TimeOptions & { readonly longs?: Longs }): SourceOptions => ({
  disorderMs: durationMs(disorder),
  idle:
    idle === undefined ? DEFAULT_IDLE : { afterMs: durationMs(idle.after), action: idle.action },
  others: others ?? 'refuse',
  longs: longs ?? 'number',
  ...(topic !== undefined && { topic }),
});

export const sourcesOf = (graph: GraphBuilder): Sources => ({
  from(contract, options = {}) {
    const { time, fields } = options;
    const output = graph.source(contract, 'records', {
      ...sourceOptions(options),
      ...(time !== undefined && { timeField: time }),
      ...(fields !== undefined && { fields: fields as readonly string[] }),
    });
    return streamAt({ graph, output, keying: 'none' });
  },
  changes(contract, options = {}) {
    const output = graph.source(contract, 'changes', sourceOptions(options));
    return keyedStreamAt({ graph, output, keying: 'moved', repartitioned: { place: undefined } });
  },
});
