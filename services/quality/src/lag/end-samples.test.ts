import { expect, test } from 'vitest';
import { createEndSamples } from './end-samples.ts';

const layoutOf = (topics: readonly (readonly [string, number, string?])[]) => {
  let partitions = 0;
  const places = topics.map(([name, count, topicId = name]) => {
    const place = { name, topicId, first: partitions, partitions: count, mayRead: true };
    partitions += count;
    return [name, place] as const;
  });
  return { topics: new Map(places), partitions, leaders: new Int32Array(partitions) };
};
/** Of one partition, from samples `[ms, end]`. */
const samplesOf = (points: readonly (readonly [number, number])[]) => {
  const samples = createEndSamples();
  samples.follow(layoutOf([['t', 1]]));
  for (const [atMs, end] of points) samples.add(atMs, Float64Array.of(end));
  return samples;
};

test('between two samples a record’s age is on the line through them', () => {
  const samples = samplesOf([
    [0, 100],
    [10_000, 200],
    [20_000, 300],
  ]);
  expect(samples.writtenAt(0, 149.5)).toEqual({ atMs: 5000, afterMs: 0, beforeMs: 10_000 });
  expect(samples.writtenAt(0, 299.5)?.atMs).toBe(20_000);
});

test('while nothing was written time does not pass: the record came after the last sample without it', () => {
  const samples = samplesOf([
    [0, 5],
    [60_000, 5],
    [70_000, 6],
  ]);
  expect(samples.writtenAt(0, 5)).toEqual({ atMs: 65_000, afterMs: 60_000, beforeMs: 70_000 });
});

test('what is not written yet has no age', () => {
  expect(samplesOf([[0, 5]]).writtenAt(0, 5)).toBeUndefined();
  expect(createEndSamples().writtenAt(0, 0)).toBeUndefined();
});

test('before the first sample the line goes on; without growth the record is at least that old', () => {
  const growing = samplesOf([
    [100_000, 1000],
    [110_000, 1100],
  ]);
  expect(growing.writtenAt(0, 500)).toMatchObject({ atMs: 50_000, beforeMs: 100_000 });
  const still = samplesOf([
    [100_000, 1000],
    [110_000, 1000],
  ]);
  expect(still.writtenAt(0, 500)).toMatchObject({ atMs: 100_000 });
});

test('hours are kept by the minute, and minutes by the round', () => {
  const points = Array.from({ length: 2000 }, (_, n) => [n * 5000, n * 10] as const);
  const samples = samplesOf(points);
  // ten minutes ago is out of the recent ring
  const offset = 19_990 - 1200;
  expect(samples.writtenAt(0, offset)?.atMs).toBeCloseTo((offset / 10) * 5000, -3);
  expect(samples.writtenAt(0, 19_985)?.atMs).toBeCloseTo(9_992_750, -3);
});

test('a young ring that moves to another layout is searched as far as it goes', () => {
  const samples = samplesOf([
    [0, 100],
    [10_000, 200],
  ]);
  samples.follow(
    layoutOf([
      ['t', 1],
      ['u', 1],
    ]),
  );
  samples.add(20_000, Float64Array.of(300, 5));
  expect(samples.writtenAt(0, 149.5)?.atMs).toBe(5000);
  expect(samples.writtenAt(0, 249.5)?.atMs).toBe(15_000);
});

test('an offset that was not told is a gap', () => {
  const samples = samplesOf([
    [0, 0],
    [1000, Number.NaN],
    [2000, 20],
  ]);
  expect(samples.writtenAt(0, 9.5)?.atMs).toBe(1000);
});

test('a topic keeps its samples in another layout, and a topic that was made again does not', () => {
  const samples = createEndSamples();
  samples.follow(
    layoutOf([
      ['a', 1],
      ['b', 2],
    ]),
  );
  samples.add(0, Float64Array.of(0, 0, 0));
  samples.add(10_000, Float64Array.of(10, 20, 40));
  samples.follow(
    layoutOf([
      ['a', 1, 'made again'],
      ['b', 3],
      ['c', 1],
    ]),
  );
  samples.add(20_000, Float64Array.of(3, 20, 40, 7, 7));
  expect(samples.writtenAt(2, 19.5)?.atMs).toBe(5000);
  expect(samples.writtenAt(0, 2)?.afterMs).toBe(Number.NEGATIVE_INFINITY);
  expect(samples.perSecond(1, 2, 60_000)).toBe(3);
  expect(samples.perSecond(4, 1, 60_000)).toBeNull();
});
