/** Sums in windows over records that change partition, and what they must come to. For tests only. */
import type { Reading, Result, TransformWorld } from './transform-world.ts';

/** Final sums of ten seconds by the parity of the value: records of both partitions meet in one key. */
export const windowSums = `from('in', { time: 'at', disorder: '1 s', idle: { after: '1 h', action: 'leave' } })
  .keyBy(({ value }) => value % 2 === 0 ? 'even' : 'odd')
  .window(streams.tumbling('10 s', { grace: '0 s' }))
  .aggregate({ total: streams.sum(({ value }) => value) }, { emit: 'final' })
  .map(({ key, window, value }) => ({ name: key, at: window.startMs, total: value.total }))
  .to('out');`;

/** Two sensors, one in each partition, `perSecond` readings a second each. */
export const readingsOf = (fromSecond: number, toSecond: number, perSecond = 1): Reading[] =>
  Array.from({ length: (toSecond - fromSecond) * perSecond }, (_, i) => {
    const value = fromSecond * perSecond + i;
    return ['s0', 's1'].map((sensor) => ({
      sensor,
      at: Math.floor((value * 1000) / perSecond),
      value,
    }));
  }).flat();

/** The results of the first windows, in order of time and name. */
export const sumsOf = (windows: number, perSecond = 1): NonNullable<Result['value']>[] =>
  Array.from({ length: windows }, (_, window) => {
    const readings = readingsOf(window * 10, window * 10 + 10, perSecond);
    const of = (parity: number) =>
      readings
        .filter(({ value }) => value % 2 === parity)
        .reduce((sum, { value }) => sum + value, 0);
    const at = window * 10_000;
    return [
      { name: 'even', at, total: of(0) },
      { name: 'odd', at, total: of(1) },
    ];
  }).flat();

/** Every result on the stream out, repeats included, in order of time and name. */
export const sumsIn = async (world: TransformWorld): Promise<NonNullable<Result['value']>[]> =>
  (await world.results())
    .map(({ value }) => value!)
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
