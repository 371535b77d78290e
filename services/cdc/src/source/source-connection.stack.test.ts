import { stackUnderTest } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { connectSource } from './source-connection.ts';

test('statements asked for at once run in turn, past one that fails, without a warning of the driver', async () => {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): void => {
    warnings.push(message);
  };
  process.on('warning', onWarning);
  const connection = await connectSource(stackUnderTest().postgresUrl, 'turns', 'test');
  const answers = await Promise.allSettled([
    connection.query('create temporary table turns (n int)'),
    connection.query('select 1 / 0'),
    connection.query('insert into turns values ($1)', [7]),
    connection.query('select n from turns'),
  ]);
  await connection.close();
  process.off('warning', onWarning);
  expect(answers[1]).toMatchObject({ status: 'rejected' });
  expect(answers[3]).toEqual({ status: 'fulfilled', value: [{ n: 7 }] });
  expect(warnings).toEqual([]);
});
