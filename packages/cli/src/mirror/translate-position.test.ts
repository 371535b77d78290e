import { claimText, restingText, withLogMark } from '@millrace/contracts';
import { expect, test } from 'vitest';
import type { OffsetRun } from './offset-runs.ts';
import { translatePosition } from './translate-position.ts';

/** Source 0–4 and 6–9 (5 is a marker) are 0–4 and 5–8 in the copy. */
const runs: readonly OffsetRun[] = [
  [0, 0, 5],
  [6, 5, 4],
];
const copyLog = { cluster: 'east', topicId: 'copy' };
const log = { cluster: 'west', topicId: 'source', epoch: '0~abc' };
const claim = {
  ...{ log, from: 3, to: 7, atMs: 7, table: 't_raw' },
  ...{ deadSchemas: [], deadOffsets: [], transactional: false },
};
const options = { runs, copyLog, copiedTo: 10, isWhole: true };

test('an offset at rest goes to the same record of the copy, under the copy’s name', () => {
  expect(translatePosition({ offset: 6, metadata: restingText(log) }, options)).toEqual({
    ...{ kind: 'moved', offset: 5 },
    metadata: restingText({ ...copyLog, epoch: '0' }, { countsFrom: 5 }),
  });
});

test('other programs keep what they wrote beside their offset', () => {
  const others = { offset: 10, metadata: '["times"]' };
  expect(translatePosition(others, options)).toEqual({
    kind: 'moved',
    offset: 9,
    metadata: '["times"]',
  });
  expect(translatePosition({ offset: 0, metadata: '' }, { ...options, runs: [] })).toMatchObject({
    offset: 0,
  });
});

test('a transform’s offset is under the copy’s name, too', () => {
  const times = withLogMark('AQID', { cluster: 'west', topicId: 'source' });
  expect(translatePosition({ offset: 10, metadata: times }, options)).toEqual({
    ...{ kind: 'moved', offset: 9 },
    metadata: withLogMark('AQID', copyLog),
  });
});

test('a claim is not taken along: nobody knows what of it has landed unless the table is asked', () => {
  const claimed = { offset: 3, metadata: claimText(claim) };
  expect(translatePosition(claimed, options)).toMatchObject({ kind: 'stuck' });
  const none = { ...options, landed: new Set<number>() };
  expect(translatePosition(claimed, none)).toMatchObject({ kind: 'moved', offset: 3 });
  const all = { ...options, landed: new Set([3, 4, 6, 7]) };
  expect(translatePosition(claimed, all)).toMatchObject({ kind: 'moved', offset: 7 });
});

test('rows beyond the group’s offset count, and holes before them stop the move until they are taken back', () => {
  const at = { offset: 2, metadata: restingText(log) };
  expect(translatePosition(at, { ...options, landed: new Set([2, 3, 4, 6]) })).toMatchObject({
    offset: 6,
  });
  expect(translatePosition(at, { ...options, landed: new Set([2, 4, 7]) })).toMatchObject({
    kind: 'stuck',
    landedAfter: [4, 7],
  });
});

test('an offset from before the mirror’s log is not guessed', () => {
  const late = { ...options, runs: runs.slice(1), isWhole: false };
  expect(translatePosition({ offset: 6, metadata: '' }, late)).toMatchObject({ offset: 5 });
  expect(translatePosition({ offset: 2, metadata: '' }, late)).toMatchObject({ kind: 'stuck' });
});

test('a group that is ahead of the mirror waits for it, unless the source is gone', () => {
  const ahead = { offset: 12, metadata: '' };
  expect(translatePosition(ahead, options)).toMatchObject({ kind: 'stuck' });
  expect(translatePosition(ahead, { ...options, copiedTo: undefined })).toMatchObject({
    offset: 9,
  });
});
