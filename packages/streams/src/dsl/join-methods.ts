import { durationMs } from '../durations.ts';
import type { OutputRef } from '../graph/graph.ts';
import { globalTableJoinOperator } from '../joins/global-table-join.ts';
import { type JoinWindow, joinReach } from '../joins/join-window.ts';
import { type StreamJoin, streamJoinOperator } from '../joins/stream-join.ts';
import { streamTableJoinOperator } from '../joins/stream-table-join.ts';
import { streamTableJoinAsOfOperator } from '../joins/stream-table-join-as-of.ts';
import type { NameOperator } from '../operator.ts';
import { at, coPartitioned, type Place, placed } from './place.ts';
import type {
  AsOfJoinOptions,
  GlobalTable,
  KeyedStream,
  Named,
  Stream,
  StreamMaker,
  Table,
} from './stream.ts';
import { timedStream } from './timed-stream.ts';

/** What a stream has of joins: the first of global tables alone, the others when it has a key. */
type JoinMethods<V> = Pick<Stream<V>, 'join' | 'leftJoin'> &
  Pick<KeyedStream<V>, 'join' | 'leftJoin' | 'outerJoin'>;

// biome-ignore lint/suspicious/noExplicitAny: one function stands behind overloads that have their types.
type Combine = (...values: any[]) => any;

/** Joins with global tables, which any stream has, and with tables and streams, which keyed ones have. */
export const joinMethods = <V>(place: Place, make: StreamMaker): JoinMethods<V> => {
  const join =
    (kind: StreamJoin<unknown, unknown, unknown>['kind']) =>
    (
      other: GlobalTable<unknown> | Table<unknown> | KeyedStream<unknown>,
      ...rest: readonly unknown[]
    ): KeyedStream<unknown> => {
      if (!('kind' in other)) {
        const [window, combine, options] = rest as [JoinWindow, Combine, Named?];
        return joinStream(place, make, other, { window, combine, kind }, options);
      }
      const rows = kind === 'outer' ? 'left' : kind;
      if (other.kind === 'table') {
        const [combine, options] = rest as [Combine, Partial<AsOfJoinOptions>?];
        return joinTable(place, make, other, { combine, kind: rows }, options);
      }
      const [keyOf, combine, { name } = {}] = rest as [Combine, Combine, Named?];
      place.graph.globalTable(other.contract);
      const operator = globalTableJoinOperator({
        table: other.contract,
        keyOf,
        combine,
        kind: rows,
      });
      const output = place.graph.operator('global-join', () => operator, [place.output], name);
      const next = at(place, output);
      return (place.keying === 'none' ? make.stream(next) : make.keyed(next)) as never;
    };
  return { join: join('inner'), leftJoin: join('left'), outerJoin: join('outer') } as never;
};

interface StreamJoinParts {
  readonly window: JoinWindow;
  readonly combine: Combine;
  readonly kind: 'inner' | 'left' | 'outer';
}

const joinStream = (
  place: Place,
  make: StreamMaker,
  other: KeyedStream<unknown>,
  { window, combine, kind }: StreamJoinParts,
  { name }: Named = {},
): KeyedStream<unknown> => {
  const [left, right] = [coPartitioned(place), coPartitioned(other.place)];
  const join = streamJoinOperator({ reach: joinReach(window), kind, combine });
  const inputs = [left.output, right.output];
  const output = place.graph.operator('join', join, inputs, name);
  return timedStream(place.graph, output, make);
};

interface TableJoinParts {
  readonly combine: Combine;
  readonly kind: 'inner' | 'left';
}

const joinTable = (
  place: Place,
  make: StreamMaker,
  table: Table<unknown>,
  parts: TableJoinParts,
  { name, grace }: Partial<AsOfJoinOptions> = {},
): KeyedStream<unknown> => {
  const [records, rows] = [coPartitioned(place), coPartitioned(table.origin.place)];
  const joined = (operator: NameOperator): OutputRef =>
    place.graph.operator('table-join', operator, [records.output, rows.output], name);
  if (grace === undefined) {
    return make.keyed(placed(place.graph, joined(streamTableJoinOperator(parts))));
  }
  table.origin.useTime();
  const operator = streamTableJoinAsOfOperator({ ...parts, graceMs: durationMs(grace) });
  return timedStream(place.graph, joined(operator), make);
};
