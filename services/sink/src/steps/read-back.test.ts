/** The difference alone; the question to the real table is in insert-range.stack.test.ts. */

import type { Claim } from '@millrace/contracts';
import { type ConsumedRecord, recordRows } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import type { RangeGroup } from '../lanes/range.ts';
import type { Landing } from '../tables/landing.ts';
import { createReadBackStep } from './read-back.ts';

const identity = { topic: 't', partition: 3, term: 1 };
const claim: Claim = {
  ...{ from: 4, to: 9, atMs: 0, table: 't_raw' },
  ...{ deadSchemas: [], deadOffsets: [], transactional: false },
};
const landing: Landing = {
  ...{ kind: 'landing', schemaId: 1, statement: '', probeStatement: '' },
  isDatum: () => true,
  body: () => ({ bytes: 0, pieces: () => [] }),
};
const group = (...offsets: number[]): RangeGroup => ({
  landing,
  records: recordRows(
    offsets.map(
      (offset): ConsumedRecord => ({ offset, timestampMs: 0, key: null, value: null, headers: {} }),
    ),
  ),
});

test('what the table does not hold is missing, over all writer schemas, ascending', async () => {
  const asked: unknown[] = [];
  const query = async <Row>(statement: string, params?: unknown): Promise<Row[]> => {
    if (statement.includes('system.')) return [];
    asked.push(params);
    return [{ present: ['5', '8'] }] as Row[];
  };
  const readBack = createReadBackStep({ query, database: 'd' }, silentLogger);
  expect(await readBack(identity, claim, [group(5, 9), group(4, 8)])).toEqual([4, 9]);
  expect(asked).toEqual([{ topic: 't', partition: 3, from: 4, to: 9, incarnations: [0] }]);
  const log = { cluster: 'k', topicId: 'AAAAAAAB', epoch: '0' };
  await readBack(identity, { ...claim, log }, []);
  await readBack(identity, { ...claim, log, unnamedRows: true }, []);
  expect(asked.slice(1)).toMatchObject([{ incarnations: [1] }, { incarnations: [1, 0] }]);
});
