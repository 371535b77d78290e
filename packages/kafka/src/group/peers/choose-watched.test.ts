import { expect, it } from 'vitest';
import { chooseWatched, type WatchableMember } from './choose-watched.ts';

/** Processes of so many members each. */
const processes = (count: number, members = 1): WatchableMember[] =>
  Array.from({ length: count * members }, (_, at) => ({
    memberId: `member ${String(at).padStart(4, '0')}`,
    peer: { identity: `process ${at % count}`, host: '10.0.0.1', port: at % count },
  }));

const watchedBy = (members: readonly WatchableMember[]) =>
  new Map(
    [...chooseWatched(members)].map(([identity, peers]) => [
      identity,
      peers.map((one) => one.identity),
    ]),
  );

it('a few processes watch all others, with all of their members, and not themselves', () => {
  const chosen = chooseWatched(processes(3, 2));
  expect(chosen.get('process 0')).toEqual([
    {
      ...{ identity: 'process 1', host: '10.0.0.1', port: 1 },
      memberIds: ['member 0001', 'member 0004'],
    },
    {
      ...{ identity: 'process 2', host: '10.0.0.1', port: 2 },
      memberIds: ['member 0002', 'member 0005'],
    },
  ]);
  for (const [identity, peers] of watchedBy(processes(33))) {
    expect(peers).toHaveLength(32);
    expect(peers).not.toContain(identity);
  }
});

it('many watch four neighbours each, so that four watch each; in whatever order members come', () => {
  const members = processes(100);
  const watched = watchedBy(members);
  expect(watched.get('process 98')).toEqual(['process 99', 'process 0', 'process 1', 'process 2']);
  const times = Map.groupBy([...watched.values()].flat(), (identity) => identity);
  expect([...times.values()].map(({ length }) => length)).toEqual(Array(100).fill(4));
  expect(watchedBy(members.toReversed())).toEqual(watched);
});

it('who does not say where it can be asked is not watched, and one alone watches nobody', () => {
  expect(watchedBy([{ memberId: 'of an old version' }, ...processes(1)])).toEqual(
    new Map([['process 0', []]]),
  );
  expect(watchedBy([])).toEqual(new Map());
});
