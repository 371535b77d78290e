import { changeTopic, deadLetterHeaders, deadTopic } from '@millrace/contracts';
import { readCommitted, type ServiceProcess, stackUnderTest } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';
import { DEAD_LETTER_ROW_HEADER, WAITS_FOR_HEADER } from './dead-letter.ts';

const MIB = 1024 * 1024;
let cdc: CdcUnderTest;
let service: ServiceProcess;

beforeAll(async () => {
  cdc = await createCdcUnderTest('cdc_blocked');
  await cdc.database.query(`
    create table docs (id int primary key, doc text, n int, secret text); alter table docs alter doc set storage external`);
  service = await cdc.start({ MILLRACE_CDC_COLUMNS_MASK: '3:public.moved.secret' });
  await service.ready();
});
afterAll(() => cdc.close());

const deadLetters = async (table: string) => {
  const letters: { row: Record<string, string>; waits: boolean; reason: string; value: Buffer }[] =
    [];
  const records = await readCommitted(stackUnderTest().kafkaBrokers, deadTopic('cdc'));
  for (const { headers, value } of records) {
    if (String(headers[deadLetterHeaders.topic]) !== changeTopic(cdc.source, 'public', table))
      continue;
    letters.push({
      row: JSON.parse(String(headers[DEAD_LETTER_ROW_HEADER])),
      waits: headers[WAITS_FOR_HEADER] !== undefined,
      reason: String(headers[deadLetterHeaders.exceptionMessage]),
      value: Buffer.from(value ?? ''),
    });
  }
  return letters;
};
const told = async (table = 'docs') => {
  await cdc.caughtUp();
  return (await cdc.changes(table)).map(({ key, value }) => [key?.['id'], value?.op]);
};

test('case A4: a row of 5 MB is a dead letter with its bytes and its readable text; other keys flow', async () => {
  await cdc.database.query(
    `insert into docs values (1, 'a', 1), (2, repeat('x', ${5 * MIB}), 1), (3, 'c', 1)`,
  );
  expect(await told()).toEqual([
    [1, 'c'],
    [3, 'c'],
  ]);
  const [letter] = await deadLetters('docs');
  expect(letter?.value.length).toBeGreaterThan(5 * MIB);
  expect(letter?.row['id']).toBe('2');
  expect(letter?.row['doc']).toMatch(/^x{1000}… \(5242880 bytes\)$/);
  expect(letter?.reason).toMatch(/would take 5\d+ bytes/);
  await expect.poll(() => service.metric('millrace_cdc_blocked_rows')).toBe(1);
});

test('later changes of that key wait, beyond a kill -9 too, and those of other keys do not', async () => {
  await cdc.database.query('update docs set n = 2');
  service.kill('SIGKILL');
  await service.exited;
  service = await cdc.start();
  await service.ready();
  await expect.poll(() => service.metric('millrace_cdc_blocked_rows')).toBe(1);
  await cdc.database.query('update docs set n = 3');
  expect((await told()).slice(2)).toEqual([
    [1, 'u'],
    [3, 'u'],
    [1, 'u'],
    [3, 'u'],
  ]);
  const letters = await deadLetters('docs');
  expect(letters.map(({ row, waits }) => [row['id'], row['n'], waits])).toEqual([
    ['2', '1', false],
    ['2', '2', true],
    ['2', '3', true],
  ]);
});

test('a change that tells the whole row lets the key go, and the next one flows', async () => {
  await cdc.database.query(`update docs set doc = 'small' where id = 2`);
  await cdc.database.query('update docs set n = 4 where id = 2');
  expect((await told()).slice(6)).toEqual([
    [2, 'u'],
    [2, 'u'],
  ]);
  expect((await cdc.changes('docs')).at(-1)?.value?.after).toMatchObject({ doc: 'small', n: 4 });
  await expect.poll(() => service.metric('millrace_cdc_blocked_rows')).toBe(0);
});

test('a delete flows for a blocked key, and the key that a row moves to is blocked with it', async () => {
  await cdc.database.query(`insert into docs values (5, repeat('x', ${2 * MIB}), 1)`);
  await cdc.database.query('update docs set id = 6 where id = 5');
  await cdc.caughtUp();
  await expect.poll(() => service.metric('millrace_cdc_blocked_rows')).toBe(2);
  await cdc.database.query('delete from docs where id = 6');
  expect((await told()).slice(8)).toEqual([
    [6, 'd'],
    [6, undefined],
  ]);
  await expect.poll(() => service.metric('millrace_cdc_blocked_rows')).toBe(1);
});

test('with a raised limit a snapshot of that key by signal sends the row and lets the key go', async () => {
  await cdc.database.query(`insert into docs values (7, repeat('x', ${5 * MIB}), 7)`);
  await cdc.caughtUp();
  await cdc.stopAll();
  const raised = String(16 * MIB);
  service = await cdc.start({ MILLRACE_CDC_RECORD_BYTES_MAX: raised });
  await service.ready();
  await cdc.database.query(`select pg_logical_emit_message(true, $1, $2)`, [
    `millrace.signal.${cdc.source}`,
    JSON.stringify({
      ...{ id: '1', type: 'execute-snapshot' },
      data: {
        'data-collections': ['public.docs'],
        'additional-conditions': [{ 'data-collection': 'public.docs', filter: 'id = 7' }],
      },
    }),
  ]);
  const newest = async () => {
    const row = (await cdc.changes('docs')).at(-1)?.value;
    return [row?.op, row?.after?.['id'], String(row?.after?.['doc']).length];
  };
  await expect.poll(newest).toEqual(['r', 7, 5 * MIB]);
  // 5 is gone with the row that moved away from it; nothing else is blocked
  await expect.poll(() => service.metric('millrace_cdc_blocked_rows')).toBe(1);
});

test('more blocked keys than allowed stop the service, which says so', async () => {
  await cdc.stopAll();
  await cdc.database.query(
    `insert into docs select 100 + n, repeat('x', 2000), n from generate_series(1, 5) n`,
  );
  service = await cdc.start({
    ...{ MILLRACE_CDC_RECORD_BYTES_MAX: '1024', MILLRACE_CDC_BLOCKED_KEYS_MAX: '3' },
  });
  await service.exited;
  expect(service.lines.join('\n')).toContain('cdc.blocked-keys-full');
});

test('where a rule hides a column its value is in no dead letter', async () => {
  await cdc.database.query('create table moved (id int primary key, doc text, secret text)');
  service = await cdc.start({ MILLRACE_CDC_COLUMNS_MASK: '3:public.moved.secret' });
  await service.ready();
  await cdc.database.query(`insert into moved values (1, repeat('x', ${2 * MIB}), 'do not tell')`);
  await cdc.caughtUp();
  const [letter] = await deadLetters('moved');
  expect(letter?.row).toMatchObject({ id: '1', secret: '(hidden)' });
  expect(letter?.value.includes('do not tell')).toBe(false);
});
