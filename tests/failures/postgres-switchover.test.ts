/**
 * The primary is stopped and its standby promoted while rows are written and captured, by the settings and commands of docs/howto/operate-cdc.md:
 * the capture goes on with the slot that the standby kept, and every row is there once.
 */
import { readFileSync } from 'node:fs';
import { changeTopic } from '@millrace/contracts';
import { type RunningStack, startStack } from '@millrace/stack';
import { readChangeLog, type ServiceProcess, startService } from '@millrace/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresPair, startPostgresPair } from './postgres-pair.ts';

const page = readFileSync(new URL('../../docs/howto/operate-cdc.md', import.meta.url), 'utf8');
const settings = /^```\n(# on each standby[\s\S]+?)^```$/m.exec(page)?.[1] ?? '';
const commands = /^```sh\n(pg_ctl -D <primary>[\s\S]+?)^```$/m.exec(page)?.[1] ?? '';
const seen = /`(select slot_name from pg_replication_slots where[\s\S]+?)`/.exec(page)?.[1] ?? '';

let stack: RunningStack;
let pair: PostgresPair;
let capture: ServiceProcess | undefined;

beforeAll(async () => {
  [stack, pair] = await Promise.all([
    startStack({ backend: 'embedded' }),
    startPostgresPair(settings),
  ]);
});
afterAll(async () => {
  await capture?.stop();
  await pair?.drop();
  await stack?.stop();
});

const ask = async (url: string, sql: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** One row after the other, again where nobody says that it is there. */
const startWriter = () => {
  let written = 0;
  let isDone = false;
  const ended = (async () => {
    while (!isDone) {
      const next = `insert into t values (${written + 1}) on conflict do nothing`;
      await ask(pair.url, next).then(
        () => {
          written += 1;
        },
        () => undefined,
      );
    }
  })();
  return {
    written: () => written,
    stop: async () => {
      isDone = true;
      await ended;
      return written;
    },
  };
};

const captured = async (): Promise<readonly number[]> =>
  (await readChangeLog(stack.endpoints, changeTopic('switched', 'public', 't')))
    .map(({ value }) => Number(value?.after?.['id']))
    .sort((one, other) => one - other);

test('a switchover to a standby that keeps the slot loses and repeats no row', async () => {
  await ask(pair.url, 'create table t (id int primary key)');
  capture = await startService('cdc', {
    MILLRACE_KAFKA_BROKERS: stack.endpoints.kafkaBrokers,
    MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
    MILLRACE_POSTGRES_URL: pair.url,
    MILLRACE_CDC_SOURCE: 'switched',
    MILLRACE_CDC_TABLES: 'public.t',
    MILLRACE_CDC_SLOT_FAILOVER: 'true',
  });
  await capture.ready();
  const writer = startWriter();
  await expect
    .poll(() => ask(pair.standbyUrl, seen), { interval: 200 })
    .toEqual([{ slot_name: 'millrace_switched' }]);

  const { primary, standby } = pair.folders;
  await pair.type(commands.replaceAll('<primary>', primary).replaceAll('<standby>', standby));
  const before = writer.written();
  pair.move();
  await expect.poll(writer.written, { interval: 50 }).toBeGreaterThan(before + 100);
  const written = await writer.stop();

  const rows = Array.from({ length: written }, (_, index) => index + 1);
  await expect.poll(captured, { interval: 500 }).toEqual(rows);
  expect(await ask(pair.url, 'select count(*)::int as n from t')).toEqual([{ n: written }]);
});
