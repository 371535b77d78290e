import { expect, test } from 'vitest';
import { createConditionBoard } from '../conditions/condition-board.ts';
import { createEndSamples } from './end-samples.ts';
import { createGroupBook } from './group-book.ts';
import { createKnownGroups } from './known-groups.ts';
import { createQuietStretches } from './quiet-stretch.ts';
import { createLagAlarm } from './raise-lag.ts';

const places = new Map([
  ['t', { name: 't', topicId: 't', first: 0, partitions: 1, mayRead: true }],
]);
const layout = { topics: places, partitions: 1, leaders: new Int32Array(1) };
const lows = Float64Array.of(0);

/** One group on one topic that grows by 10 records a second; rounds come every 10 s. */
const watching = (secondsMax: number, state: string) => {
  const samples = createEndSamples();
  const quiet = createQuietStretches();
  const book = createGroupBook(() => false);
  for (const one of [samples, quiet]) one.follow(layout);
  const board = createConditionBoard(() => 0);
  const known = createKnownGroups({
    ...{ contracts: [], sinkGroup: 'sink', secondsMax, intervalMs: 10_000 },
  });
  const alarm = createLagAlarm(board, known);
  let atMs = 0;
  return {
    board,
    round: (committed: number) => {
      atMs += 10_000;
      samples.add(atMs, Float64Array.of(atMs / 100));
      book.list([{ groupId: 'g', protocolType: 'consumer', state, nodeId: 1 }], true);
      const { take, end } = book.taker(layout);
      take('g', 't')!(0, committed);
      end(new Set(['g']));
      const weights = { atMs, samples, lows, quiet, sampleEveryMs: 10_000 };
      book.weigh(new Set(['g']), weights, () => undefined);
      alarm.raise({ atMs, layout, groups: book.groups, samples, lows, highs: lows });
      return book.groups.get('g')!;
    },
  };
};

test('a group is late when the first record that it has not done was too old in three rounds, and not before', () => {
  const { board, round } = watching(25, 'Stable');
  round(100);
  for (let n = 0; n < 5; n += 1) round(100 + n);
  expect(board.open).toMatchObject([
    { key: 'lag:late:g:t', name: 'ConsumerLag', severity: 'warning', subject: 'g' },
  ]);
  expect(board.open[0]!.summary).toContain('s behind on t (496 records); 25 s are allowed');
  round(700);
  expect(board.open).toEqual([]);
});

test('two rounds that are late are none', () => {
  const { board, round } = watching(25, 'Stable');
  for (const committed of [100, 101, 102, 103, 104]) round(committed);
  round(600);
  for (const committed of [601, 602, 603]) round(committed);
  expect(board.open).toEqual([]);
});

test('a group that stands still is told as such and not as late; how, its members say', () => {
  const stalled = watching(25, 'Stable');
  for (let n = 0; n < 12; n += 1) stalled.round(100);
  expect(stalled.board.open).toMatchObject([{ name: 'ConsumerStalled', severity: 'critical' }]);
  const stopped = watching(25, 'Empty');
  stopped.round(90);
  for (let n = 0; n < 12; n += 1) stopped.round(100);
  expect(stopped.board.open).toMatchObject([{ key: 'lag:state:g', name: 'ConsumerStopped' }]);
  expect(stopped.board.open[0]!.summary).toMatch(/^has no members and commits nothing on t: /);
});

test('a group without members that was never seen alive is nobody’s worry', () => {
  const { board, round } = watching(25, 'Empty');
  let entry = round(100);
  for (let n = 0; n < 12; n += 1) entry = round(100);
  expect(entry).toMatchObject({ state: 'empty', records: 1200 });
  expect(board.open).toEqual([]);
});

test('what was consumed a second is evened out, and the lag’s age is that of its first record', () => {
  const { round } = watching(25, 'Stable');
  round(0);
  let entry = round(50);
  for (let n = 2; n < 12; n += 1) entry = round(n * 50);
  expect(entry.consumedPerSecond).toBeCloseTo(5, 6);
  // 1200 are there, the 550th was written at 55 s
  expect(entry).toMatchObject({ records: 650, state: 'behind' });
  expect(entry.ageMs).toBeCloseTo(65_000, -3);
});
