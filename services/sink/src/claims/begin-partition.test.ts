import { type Claim, claimText, restingText } from '@millrace/contracts';
import { silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { beginPartition, takeBearings } from './begin-partition.ts';

const log = { cluster: 'here', topicId: 'now', epoch: '0' };
const claim: Claim = {
  ...{ log, from: 40, to: 49, atMs: 7, table: 't_raw' },
  ...{ deadSchemas: [], deadOffsets: [], transactional: false },
};
const { log: _log, ...firstForm } = claim;

function listen() {
  const said: [string, unknown][] = [];
  const logger = {
    ...silentLogger,
    warn: (fields: unknown) => said.push(['warn', fields]),
    error: (fields: unknown) => said.push(['error', fields]),
  };
  return { said, logger };
}

/** What a partition committed at 40 begins with, and what was said of it. */
function begin(metadata: string | undefined, logStartOffset = 0, epoch = '0') {
  const { said, logger } = listen();
  const committed = metadata === undefined ? {} : { committed: { offset: 40, metadata } };
  const startOffset = metadata === undefined ? logStartOffset : 40;
  const assigned = { topic: 't', partition: 0, topicId: 'now', logStartOffset, startOffset };
  const context = { clusterId: 'here', epoch, logger };
  return { ...beginPartition({ ...assigned, ...committed }, context), said };
}

/** What is known at offset 40 once the table has said what it holds. */
function bearings(last: number | undefined, unnamedRows = false) {
  const { said, logger } = listen();
  const at = { topic: 't', partition: 0, start: 40, log };
  return { ...takeBearings(at, { last, unnamedRows }, 36 ** 3, logger), said };
}

test('a group that never committed begins at the start of the log, once the table was asked', () => {
  const first = begin(undefined, 3);
  expect(first).toMatchObject({ start: 3, claim: undefined, log, isKnown: false, said: [] });
});

test('a claim of this log is repeated, also under another epoch, and new claims get the new one', () => {
  expect(begin(claimText(claim))).toMatchObject({ start: 40, claim, log, said: [] });
  const next = begin(claimText(claim), 0, '1');
  expect(next).toMatchObject({ claim: { log: { epoch: '0' } }, log: { epoch: '1' } });
});

test('a claim of the first form is repeated, and rows without an incarnation count from then on', () => {
  const first = begin(claimText(firstForm));
  expect(first).toMatchObject({ start: 40, claim: firstForm, log, isKnown: true });
  expect(first.unnamedRows).toBe(true);
});

test('an offset without metadata was set by hand or before logs were named: the table is asked', () => {
  expect(begin('')).toMatchObject({ start: 40, claim: undefined, isKnown: false, said: [] });
});

test('what a position remembers of the table is kept as long as it matters', () => {
  expect(begin(restingText(log, { compareBelow: 90, unnamedRows: true }))).toMatchObject({
    ...{ compareBelow: 90, unnamedRows: true, isKnown: true },
  });
  const passed = begin(restingText(log, { compareBelow: 40 }));
  expect(passed.compareBelow).toBeUndefined();
  // Where a copy begins to count is needed for as long as the group is.
  expect(begin(restingText(log, { countsFrom: 7 }))).toMatchObject({ countsFrom: 7 });
});

test('a renewed epoch stays in force until the setting says another one', () => {
  const renewed = restingText({ ...log, epoch: '0~1000' });
  expect(begin(renewed)).toMatchObject({ log: { epoch: '0~1000' } });
  expect(begin(renewed, 0, '1')).toMatchObject({ log: { epoch: '1' } });
});

test('an offset that was set back compares up to the last row, under a new epoch', () => {
  const back = bearings(99, true);
  expect(back).toMatchObject({ compareBelow: 100, unnamedRows: true, log: { epoch: '0~1000' } });
  expect(back.said).toMatchObject([['warn', { from: 40, to: 99 }]]);
});

test('an offset that was set ahead says what will not land, and one that fits says nothing', () => {
  expect(bearings(29).said).toMatchObject([['warn', { from: 30, to: 39 }]]);
  expect(bearings(39)).toMatchObject({ said: [] });
  expect(bearings(39).compareBelow).toBeUndefined();
  expect(bearings(undefined)).toMatchObject({ said: [] });
});

test('the position of a topic that was made again is void: the new log is read from its start (F11)', () => {
  const gone = { ...log, topicId: 'before' };
  const { start, claim: left, said } = begin(claimText({ ...claim, log: gone }), 2);
  expect({ start, left }).toEqual({ start: 2, left: undefined });
  expect(said).toMatchObject([['warn', { committed: 40, claimed: [40, 49], from: 2 }]]);
  expect(begin(restingText(gone))).toMatchObject({
    start: 0,
    isKnown: false,
    said: [['warn', { committed: 40 }]],
  });
});

test('an offset that was copied from another cluster is honoured, a claim with it is not', () => {
  const there = { ...log, cluster: 'there', topicId: 'there' };
  const copied = begin(claimText({ ...claim, log: there }));
  expect(copied).toMatchObject({ start: 40, claim: undefined, log });
  expect(copied.said).toMatchObject([['warn', { claimed: [40, 49] }]]);
});

test('records that retention removed before they landed are an error, and the rest of a claim is repeated', () => {
  const { start, claim: left, said } = begin(claimText(claim), 45);
  expect({ start, left }).toEqual({ start: 45, left: claim });
  expect(said).toMatchObject([['error', { from: 40, lost: 5 }]]);
  expect(begin(claimText(claim), 50)).toMatchObject({ start: 50, claim: undefined });
});

test('metadata of another program is refused', () => {
  expect(() => begin('connect-worker')).toThrow('carries metadata that is no claim');
});
