import { MillraceError, type WarehouseContract } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { createFindLandedStep } from './find-landed.ts';

const at = { topic: 't', partition: 3, log: { topicId: 'AAAAAAAB' } };
const contract = (role: string) => ({ warehouse: { role, table: 't_raw' } }) as WarehouseContract;

/** The step over a table that answers with this row. */
const ask = (row: unknown, role = 'fact') =>
  createFindLandedStep({ query: async <Row>() => [row] as Row[] })(at, contract(role));

test('the last row is that of this log, and of rows without a log only while no other log has rows', async () => {
  const rows = { named: '7', unnamed: '90', others: false };
  expect(await ask(rows)).toEqual({ last: 90, unnamedRows: true });
  expect(await ask({ ...rows, others: true })).toEqual({ last: 7, unnamedRows: false });
  const none = { named: null, unnamed: null, others: false };
  expect(await ask(none)).toEqual({ last: undefined, unnamedRows: true });
});

test('a dimension is not asked', async () => {
  expect(await ask('never looked at', 'dimension')).toEqual({
    last: undefined,
    unnamedRows: false,
  });
});

test('a table that cannot answer as it is waits for a person', async () => {
  const query = () => Promise.reject(new MillraceError('clickhouse.rejected', 'no such column'));
  const asking = createFindLandedStep({ query })(at, contract('fact'));
  await expect(asking).rejects.toMatchObject({ code: 'sink.table-unfit', retryable: true });
});
