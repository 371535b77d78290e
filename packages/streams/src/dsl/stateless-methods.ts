import { MillraceError } from '@millrace/contracts';
import { durationMs } from '../durations.ts';
import { enrichOperator } from '../operators/enrich.ts';
import { filterOperator } from '../operators/filter.ts';
import { flatMapOperator } from '../operators/flat-map.ts';
import { keyByOperator } from '../operators/key-by.ts';
import { mapOperator } from '../operators/map.ts';
import { mergeOperator } from '../operators/merge.ts';
import { peekOperator } from '../operators/peek.ts';
import type { DividingMethods } from './dividing-methods.ts';
import { at, moved, type Place } from './place.ts';
import type { Stream, StreamMaker } from './stream.ts';

/** The methods that keep no state and hand one stream on. */
export const statelessMethods = <V>(
  place: Place,
  make: StreamMaker,
): Omit<Stream<V>, 'place' | 'join' | 'leftJoin' | keyof DividingMethods<V>> => {
  const { graph, output } = place;
  /** A stream of the same kind as the one that was asked: keyed when that was. */
  const same = <W>(next: typeof output): Stream<W> =>
    place.keying === 'none' ? make.stream<W>(at(place, next)) : make.keyed<W>(at(place, next));

  return {
    filter(keep, { name } = {}) {
      return same<V>(graph.operator('filter', () => filterOperator(keep), [output], name)) as never;
    },
    map: (change, { name } = {}) =>
      same(graph.operator('map', () => mapOperator(change), [output], name)),
    flatMap: (change, { name } = {}) =>
      same(graph.operator('flat-map', () => flatMapOperator(change), [output], name)),
    peek(look, { name } = {}) {
      return same<V>(graph.operator('peek', () => peekOperator(look), [output], name)) as never;
    },
    merge(other, { name } = {}) {
      const inputs = [output, other.place.output];
      const merged = graph.operator('merge', () => mergeOperator(), inputs, name);
      const keyings = [place.keying, other.place.keying];
      if (keyings.includes('none')) return make.stream({ graph, output: merged, keying: 'none' });
      return keyings.includes('moved')
        ? make.keyed(moved(graph, merged))
        : make.keyed({ graph, output: merged, keying: 'placed' });
    },
    enrich: (look, { inFlight = 16, timeout = '10 s', name } = {}) => {
      const limits = { inFlight, timeoutMs: durationMs(timeout) };
      if (!Number.isInteger(inFlight) || inFlight < 1)
        throw new MillraceError('transform.invalid', `${inFlight} calls cannot be in flight`);
      return same(graph.operator('enrich', () => enrichOperator(look, limits), [output], name));
    },
    keyBy: (keyOf, { name } = {}) =>
      make.keyed(
        moved(
          graph,
          graph.operator('key', () => keyByOperator(keyOf), [output], name),
        ),
      ),
    to(contract, options) {
      graph.sink(output, contract, options);
    },
  };
};
