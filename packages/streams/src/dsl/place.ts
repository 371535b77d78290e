import type { OutputRef } from '../graph/graph.ts';
import type { GraphBuilder } from '../graph/graph-builder.ts';

/** Where a stream stands in the graph that is being built. */
export interface Place {
  readonly graph: GraphBuilder;
  readonly output: OutputRef;
  /**
   * `none`: records have no key to keep state by. `placed`: a record lies in the partition of its key.
   * `moved`: the key has changed, and records must change partition before state is kept by it.
   */
  readonly keying: 'none' | 'placed' | 'moved';
  /** Of a `moved` stream: where it goes on once its records have changed partition; shared by all that need it. */
  readonly repartitioned?: { place: Place | undefined };
}

export const placed = (graph: GraphBuilder, output: OutputRef): Place => ({
  graph,
  output,
  keying: 'placed',
});

export const moved = (graph: GraphBuilder, output: OutputRef): Place => ({
  graph,
  output,
  keying: 'moved',
  repartitioned: { place: undefined },
});

/** The same keying at another output; what changed partition before need not do so again. */
export const at = (place: Place, output: OutputRef): Place =>
  place.keying === 'moved' ? moved(place.graph, output) : { ...place, output };

/**
 * The place behind a repartition where one is needed, so that all records of a key meet in one task. Throws
 * a TypeError for a stream without keys: the types do not let that happen.
 */
export const coPartitioned = (place: Place): Place => {
  if (place.keying === 'none') throw new TypeError('the stream has no key: call keyBy first');
  if (place.keying === 'placed') return place;
  const shared = place.repartitioned!;
  shared.place ??= placed(place.graph, place.graph.repartition(place.output));
  return shared.place;
};
