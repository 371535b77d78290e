import { createDriver, type Driver } from '../driver/driver.ts';
import { moved, placed } from '../dsl/place.ts';
import type { GlobalTable, KeyedStream, Stream, Table } from '../dsl/stream.ts';
import { keyedStreamAt, streamAt, tableOf } from '../dsl/stream-at.ts';
import type { SourceOptions } from '../graph/graph.ts';
import { createGraphBuilder } from '../graph/graph-builder.ts';

/** Sources of any type, for tests of operators: no contract has to be declared for them. */
export interface TestSources {
  stream<V>(name: string, options?: Partial<SourceOptions>): KeyedStream<V>;
  unkeyed<V>(name: string): Stream<V>;
  table<T>(name: string, options?: Partial<SourceOptions>): Table<T>;
  captured<T>(name: string, options?: Partial<SourceOptions>): Table<T>;
  globalTable<T>(name: string): GlobalTable<T>;
  /** Writes the records or rows to this name. */
  out(what: Pick<Stream<never>, 'place'> | Pick<Table<never>, 'origin'>, name: string): void;
}

const defaults: SourceOptions = { disorderMs: 0, others: 'refuse', longs: 'number' };

/** A driver of the graph that `build` makes. */
export const drive = (build: (sources: TestSources) => void, partitions = 1): Driver => {
  const graph = createGraphBuilder();
  const source = (name: string, as: 'records' | 'table', options: Partial<SourceOptions> = {}) =>
    graph.source(name, as, { ...defaults, ...options });
  const useTime = () => undefined;
  build({
    stream: (name, options) => keyedStreamAt(placed(graph, source(name, 'records', options))),
    unkeyed: (name) => streamAt({ graph, output: source(name, 'records'), keying: 'none' }),
    table: (name, options) =>
      tableOf({ place: placed(graph, source(name, 'table', options)), useTime }),
    captured: (name, options) =>
      tableOf({ place: moved(graph, source(name, 'table', options)), useTime }),
    globalTable(name) {
      graph.globalTable(name);
      return { kind: 'global-table', contract: name };
    },
    out(what, name) {
      const { output } = 'origin' in what ? what.origin.place : what.place;
      graph.sink(output, name);
    },
  });
  const transform = { kind: 'transform', name: 'test', options: {}, graph: graph.build() } as const;
  return createDriver(transform, { partitions });
};
