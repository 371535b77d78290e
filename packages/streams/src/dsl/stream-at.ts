import { dividingMethods } from './dividing-methods.ts';
import { joinMethods } from './join-methods.ts';
import { keyedMethods } from './keyed-methods.ts';
import type { Place } from './place.ts';
import { statelessMethods } from './stateless-methods.ts';
import type { KeyedStream, Stream, StreamMaker, Table, TableOrigin } from './stream.ts';
import { tableAt } from './table.ts';
import { windowMethods } from './windowed-stream.ts';

/** A stream at a place of the graph, with every method that such a stream has. */
export const streamAt = <V>(place: Place): Stream<V> => {
  const { join, leftJoin } = joinMethods<V>(place, maker);
  return {
    place,
    ...statelessMethods<V>(place, maker),
    ...dividingMethods<V>(place, maker),
    join,
    leftJoin,
  };
};

/** The same for a stream whose records have a key. */
export const keyedStreamAt = <V>(place: Place): KeyedStream<V> =>
  ({
    place,
    keyed: true,
    ...statelessMethods<V>(place, maker),
    ...dividingMethods<V>(place, maker),
    ...joinMethods<V>(place, maker),
    ...keyedMethods<V>(place, maker),
    ...windowMethods<V>(place, maker),
  }) as KeyedStream<V>;

/** A table at a place of the graph. */
export const tableOf = <T>(origin: TableOrigin): Table<T> => tableAt<T>(origin, maker);

const maker: StreamMaker = { stream: streamAt, keyed: keyedStreamAt, table: tableOf };
