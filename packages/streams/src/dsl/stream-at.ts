import { dividingMethods } from './dividing-methods.ts';
import type { Place } from './place.ts';
import { statelessMethods } from './stateless-methods.ts';
import type { KeyedStream, Stream, StreamMaker } from './stream.ts';
import { windowMethods } from './windowed-stream.ts';

/** A stream at a place of the graph, with every method that such a stream has. */
export const streamAt = <V>(place: Place): Stream<V> => ({
  place,
  ...statelessMethods<V>(place, maker),
  ...dividingMethods<V>(place, maker),
});

/** The same for a stream whose records have a key. */
export const keyedStreamAt = <V>(place: Place): KeyedStream<V> =>
  ({
    ...streamAt<V>(place),
    ...windowMethods<V>(place, maker),
    keyed: true,
  }) as KeyedStream<V>;

const maker: StreamMaker = { stream: streamAt, keyed: keyedStreamAt };
