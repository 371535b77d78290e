import type { OutputRef } from '../graph/graph.ts';
import type { GraphBuilder } from '../graph/graph-builder.ts';
import { placed } from './place.ts';
import type { LateRecord, StreamMaker, TimedStream } from './stream.ts';

/** The stream of an operator's results, with its late output at port 1. */
export const timedStream = <V, R>(
  graph: GraphBuilder,
  output: OutputRef,
  make: StreamMaker,
): TimedStream<V, R> => ({
  ...make.keyed<R>(placed(graph, output)),
  late: () => make.keyed<LateRecord<V>>(placed(graph, { ...output, port: 1 })),
});
