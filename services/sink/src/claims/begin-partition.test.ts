import { restingText } from '@millrace/contracts';
import { silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { beginPartition } from './begin-partition.ts';
import { type Claim, claimText } from './claim.ts';

const log = { cluster: 'here', topicId: 'now', epoch: '0' };
const claim: Claim = {
  ...{ log, from: 40, to: 49, atMs: 7, table: 't_raw' },
  ...{ deadSchemas: [], deadOffsets: [], transactional: false },
};
const { log: _log, ...firstForm } = claim;

/** What a partition committed at 40 begins with, and what was said of it. */
function begin(metadata: string | undefined, logStartOffset = 0, epoch = '0') {
  const said: [string, unknown][] = [];
  const logger = {
    ...silentLogger,
    warn: (fields: unknown) => said.push(['warn', fields]),
    error: (fields: unknown) => said.push(['error', fields]),
  };
  const committed = metadata === undefined ? {} : { committed: { offset: 40, metadata } };
  const startOffset = metadata === undefined ? logStartOffset : 40;
  const assigned = { topic: 't', partition: 0, topicId: 'now', logStartOffset, startOffset };
  const context = { clusterId: 'here', epoch, logger };
  return { ...beginPartition({ ...assigned, ...committed }, context), said };
}

test('a group that never committed begins at the start of the log', () => {
  expect(begin(undefined, 3)).toMatchObject({ start: 3, claim: undefined, log, said: [] });
});

test('a claim of this log is repeated, also under another epoch, and new claims get the new one', () => {
  expect(begin(claimText(claim))).toMatchObject({ start: 40, claim, log, said: [] });
  const next = begin(claimText(claim), 0, '1');
  expect(next).toMatchObject({ claim: { log: { epoch: '0' } }, log: { epoch: '1' } });
});

test('positions of the first form are taken as they are, with a claim and without one', () => {
  expect(begin('')).toMatchObject({ start: 40, claim: undefined, log, said: [] });
  expect(begin(claimText(firstForm))).toMatchObject({ start: 40, claim: firstForm, log });
});

test('the position of a topic that was made again is void: the new log is read from its start (F11)', () => {
  const gone = { ...log, topicId: 'before' };
  const { start, claim: left, said } = begin(claimText({ ...claim, log: gone }), 2);
  expect({ start, left }).toEqual({ start: 2, left: undefined });
  expect(said).toMatchObject([['warn', { committed: 40, claimed: [40, 49], from: 2 }]]);
  expect(begin(restingText(gone))).toMatchObject({ start: 0, said: [['warn', { committed: 40 }]] });
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
