import type { GroupLag } from '@millrace/operations';
import { expect, test } from 'vitest';
import { seenGroups } from './seen-groups.ts';

const group = (name: string, service: string | null, members: number, topic = 'events.a.b') =>
  ({ group: name, service, members, topics: [topic] }) as unknown as GroupLag;

test('our own are called by what they are, strangers by their group, and who has no members was seen some time', () => {
  const report = {
    atMs: 9,
    groups: [
      group('millrace.sink', 'sink', 2),
      group('millrace.transform.delays', 'stream-transform delays', 1),
      group('fraud', null, 0),
      group('elsewhere', null, 1, 'events.a.c'),
    ],
  };
  expect(seenGroups(report, ['delays']).get('events.a.b')).toEqual([
    { name: 'sink', kind: 'sink', lastMs: 9 },
    { name: 'delays', kind: 'transform', lastMs: 9 },
    { name: 'fraud', kind: 'group', lastMs: null },
  ]);
  expect(seenGroups(report, []).get('events.a.c')).toMatchObject([{ name: 'elsewhere' }]);
  expect(seenGroups(undefined, []).size).toBe(0);
});
