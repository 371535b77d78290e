import type { ImpactReport } from '@millrace/operations';
import { expect, test } from 'vitest';
import { verdictOf } from './impact-verdict.ts';

const change = (breaking: boolean) => ({ rule: 'r', field: 'f', message: 'm', breaking });
const report = (
  changes: readonly boolean[],
  more: Partial<ImpactReport['contracts'][number]> = {},
): ImpactReport => ({
  problems: [],
  contracts: [
    {
      ...{ contract: 'a.b', changes: changes.map(change), affected: [], columns: [], objects: [] },
      ...more,
    },
  ],
});

test('one change that breaks is enough, and those who are affected are counted once', () => {
  const transform = { kind: 'transform', name: 't' } as const;
  const verdict = verdictOf(
    report([true, false], {
      affected: [{ ...transform, seen: true, declared: true, lastMs: 1 }],
      objects: [
        { ...transform, why: '' },
        { kind: 'view', name: 'v', why: '' },
      ],
    }),
    'BACKWARD',
  );
  expect(verdict.tone).toBe('bad');
  expect(verdict.text).toBe(
    '1 of 2 changes are not compatible (BACKWARD). 2 readers and objects are affected.',
  );
});

test('compatible changes, no change, and files that are no contract are told apart', () => {
  expect(verdictOf(report([false]), 'FULL')).toMatchObject({
    ...{ tone: 'ok', title: 'Compatible' },
    text: '1 change, all compatible (FULL). Nobody is known who reads what changes.',
  });
  expect(verdictOf({ contracts: [], problems: [] }, 'FULL').title).toBe('No change');
  expect(verdictOf({ contracts: [], problems: ['x'] }, 'FULL').title).toBe('Not a contract yet');
  expect(verdictOf({ ...report([true]), problems: ['x'] }, 'FULL').title).toBe('Breaking');
});
