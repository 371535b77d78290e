import { durationMs } from '../durations.ts';
import type { OutputRef } from '../graph/graph.ts';
import type { NameOperator } from '../operator.ts';
import { deduplicateOperator } from '../operators/deduplicate.ts';
import { inOrderOperator } from '../operators/in-order.ts';
import { processOperator } from '../operators/process.ts';
import { coPartitioned, type Place, placed } from './place.ts';
import type { KeyedStream, StreamMaker } from './stream.ts';
import { timedStream } from './timed-stream.ts';

/** What keeps state by the key, apart from joins and windows. */
type KeyedMethods<V> = Pick<KeyedStream<V>, 'toTable' | 'deduplicate' | 'inOrder' | 'process'>;

/** The methods that keep state by the key. */
export const keyedMethods = <V>(place: Place, make: StreamMaker): KeyedMethods<V> => {
  const { graph } = place;
  const added = (kind: string, operator: NameOperator, name?: string): OutputRef =>
    graph.operator(kind, operator, [coPartitioned(place).output], name);

  return {
    toTable: () => make.table({ place, useTime: () => undefined }),
    deduplicate({ by, within, name }) {
      const operator = deduplicateOperator<V>({
        withinMs: durationMs(within),
        ...(by !== undefined && { by }),
      });
      return timedStream<V, V>(graph, added('deduplicate', operator, name), make);
    },
    inOrder({ grace = 0, tie, name } = {}) {
      const operator = inOrderOperator<V>({
        graceMs: durationMs(grace),
        ...(tie !== undefined && { tie }),
      });
      return timedStream<V, V>(graph, added('in-order', operator, name), make);
    },
    process: (logic, { name } = {}) =>
      make.keyed(placed(graph, added('process', processOperator(logic), name))),
  };
};
