import { expect, test } from 'vitest';
import type { IndexedLetter } from '../read-letters.ts';
import { foretell } from './dry-run.ts';
import { graph } from './testing/delays-graph.ts';

const project = { graphs: [graph], contracts: [] };
const letter = (id: string, more: Partial<IndexedLetter> = {}): IndexedLetter => ({
  ...{
    id,
    service: 'stream-transform',
    topic: 'events.a',
    partition: 0,
    offset: 1,
    contract: null,
  },
  ...{ stage: 'stream-transform delays', code: 'transform.refused', message: '', atMs: 1 },
  ...{ keyText: null, valueBytes: 1, redrives: 0, redrivenAtMs: null, origin: id, topicId: 't' },
  whole: true,
  ...more,
});
const request = { redrivesMax: 3, most: 10 };
const whyOf = (letters: readonly IndexedLetter[], asked = request) =>
  foretell(letters, asked, project).map(({ id, why }) => [id, why]);

test('a letter of a transform is told by what has come of its record: nothing, results beside it, results by a redrive before', () => {
  const told = whyOf([
    letter('nothing'),
    letter('beside', { whole: false }),
    letter('before', { redrives: 1, redrivenAtMs: 5 }),
    letter('old', { whole: null }),
  ]);
  expect(told).toEqual([
    ['nothing', null],
    ['beside', expect.stringContaining('would be there twice')],
    ['before', expect.stringContaining('are not written again')],
    ['old', null],
  ]);
});

test('what the graph forbids is told before what the letter tells of itself; a sink may be asked twice', () => {
  expect(whyOf([letter('a', { whole: false, topic: 'events.z' })])).toEqual([
    ['a', expect.stringContaining('does not read events.z')],
  ]);
  expect(whyOf([letter('b', { service: 'sink', whole: null, redrivenAtMs: 5 })])).toEqual([
    ['b', null],
  ]);
});

test('it ends with the last that may be sent; those that cannot be sent do not count', () => {
  const letters = [letter('a', { whole: false }), letter('b'), letter('c')];
  expect(whyOf(letters, { ...request, most: 1 })).toEqual([
    ['a', expect.any(String)],
    ['b', null],
  ]);
});
