/**
 * Whole servers are lost, one kind after the other: Kafka with the registry, ClickHouse, and PostgreSQL that comes back
 * older than it was. After each, what can be there is there exactly once.
 * The commands are those of docs/operations/disaster.md.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningStack, startStack } from '@millrace/stack';
import { startHttpFaultProxy } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  airportsAgree,
  createDisasterWorld,
  type DisasterWorld,
  tellMeasured,
} from './disaster-world.ts';

let stack: RunningStack;
let on: DisasterWorld;
let sent = 0;
/** Departures that are in no place: acknowledged by a Kafka that is gone, and not landed. */
let lost = 0;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  on = await createDisasterWorld(stack);
});
afterAll(async () => {
  await on?.drop();
  await stack?.stop();
});

const env = () => on.env(stack.endpoints);
const startAll = () =>
  Promise.all([
    on.start('sink', env()),
    on.start('cdc', env()),
    on.start('stream-transform', env()),
  ]);

const send = async (count: number): Promise<void> => {
  const sender = on.sender(stack.endpoints);
  await sender.send(sent, count);
  sent += count;
  await sender.close();
};

const landed = async () => {
  const { rows, flights } = await on.world.landed();
  return { rows, flights };
};
const allLanded = () => expect.poll(landed).toEqual({ rows: sent - lost, flights: sent - lost });

/** With owners: the server refuses data of somebody else. */
const copy = (from: string, to: string) => promisify(execFile)('cp', ['-a', from, to]);

/** The dimension's rows and its truncations, which are versions as well. */
const emptyAirports = async (): Promise<void> => {
  for (const table of ['airports_raw', 'airports_raw_truncations'])
    await on.world.database.query(`TRUNCATE TABLE ${table} SYNC`);
};

const backUp = async (name: string): Promise<string> => {
  const directory = join(on.directory, name);
  await on.succeeds(env(), 'backup', directory, '--topics', '*');
  return directory;
};

/** A restore of both that is killed while the registry imports, which goes on with it. */
const killOverImport = async (directory: string): Promise<void> => {
  const registry = await startHttpFaultProxy({ target: stack.endpoints.registryUrl });
  const isImport = ({ url }: { readonly url: URL }) => url.pathname.endsWith('/admin/import');
  const rule = registry.rule(isImport, { kind: 'hold-answer' });
  const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [main, 'restore', directory, '--only', 'registry', 'kafka'],
    {
      env: { ...process.env, ...env(), MILLRACE_REGISTRY_URL: registry.url },
      stdio: 'ignore',
    },
  );
  await expect.poll(() => rule.taken.length, { interval: 5 }).toBe(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  rule.release();
  await registry.close();
};

test('Kafka and the registry lost wholly: restored from a backup, what had landed stays, nothing lands twice', async () => {
  await startAll();
  await on.postgres.query(
    `INSERT INTO airports SELECT 'A' || n, 'airport ' || n, 'city', 'CA', 'USA', n / 7.0, -n / 3.0 FROM generate_series(1, 100) n`,
  );
  await send(4_000);
  await allLanded();
  await airportsAgree(on);
  await expect.poll(() => on.totals(stack.endpoints)).toEqual(on.expectedTotals(sent));
  const counted = sent;
  const directory = await backUp('first');
  await send(2_000);
  await allLanded();

  // The last moments: on Kafka, and nobody has landed them. Rows change and go, too.
  await on.kill();
  await send(1_000);
  lost += 1_000;
  await on.postgres.query(`DELETE FROM airports WHERE iata LIKE 'A1%'`);
  await on.postgres.query(`UPDATE airports SET name = 'changed' WHERE iata LIKE 'A2%'`);
  const kafkaLostMs = performance.now();
  await stack.kill('registry');
  await stack.kill('kafka');
  await rm(join(stack.dataDir, 'kafka'), { recursive: true });
  await stack.restart('kafka');
  await stack.restart('registry');

  const loss = await on.succeeds(env(), 'restore', directory, '--loss');
  expect(loss).toContain('Events after the newest record of their fact are not in ClickHouse');
  await killOverImport(directory);
  await on.succeeds(env(), 'restore', directory, '--only', 'registry', 'kafka');
  // Whole already: the same once more finds nothing to do.
  const again = await on.succeeds(env(), 'restore', directory, '--only', 'registry', 'kafka');
  expect(again).toContain('registry: is there already');
  expect(again).toContain('0 topics made, 0 records written, 0 offsets set');

  await startAll();
  await send(3_000);
  await allLanded();
  // The state of the backup, and what came since the restore: what came between is in no state.
  const whole = on.expectedTotals(sent);
  const upTo = on.expectedTotals(sent - 3_000);
  const state = on.expectedTotals(counted);
  const wanted = Object.fromEntries(
    Object.keys(whole).map((name) => [name, state[name]! + whole[name]! - upTo[name]!]),
  );
  await expect.poll(() => on.totals(stack.endpoints)).toEqual(wanted);

  // Rows that went while nobody looked are in no snapshot: verify names them, a side table lacks them.
  await expect.poll(async () => (await on.airports()).dimension).toContain('changed');
  const airports = on.world.airports.id;
  const wrong = await on.millrace(env(), 'verify', airports);
  expect(wrong).toMatchObject({ code: 1 });
  expect(wrong.stdout).toContain('not in the source');
  await emptyAirports();
  await on.succeeds(env(), 'replay', airports);
  await airportsAgree(on);
  tellMeasured('Kafka and the registry, no mirror', `${lost} events, not landed`, kafkaLostMs);
  await on.succeeds(env(), 'verify', airports);
  await on.succeeds(env(), 'verify', on.world.contract.id);
});

test('ClickHouse lost wholly: from its backup, and from Kafka what is younger', async () => {
  const directory = await backUp('second');
  await on.succeeds(env(), 'restore', directory, '--verify-only');
  await send(2_000);
  await allLanded();
  await on.stop();
  const lostMs = performance.now();
  await on.world.database.drop();
  await on.succeeds(env(), 'restore', directory, '--only', 'warehouse');
  await Promise.all([on.start('sink', env()), on.start('cdc', env())]);
  const wrong = await on.millrace(env(), 'verify', on.world.contract.id);
  expect(wrong).toMatchObject({ code: 1 });
  await on.succeeds(env(), 'verify', on.world.contract.id, '--repair');
  await on.succeeds(env(), 'replay', on.world.airports.id);
  await allLanded();
  await airportsAgree(on);
  tellMeasured('ClickHouse, from its backup and Kafka', 'nothing', lostMs);
});

test('PostgreSQL restored to an older state: the capture refuses to go on, and begins anew by command', async () => {
  await on.stop();
  await on.postgres.query(
    `INSERT INTO airports SELECT 'A2' || n, 'before', null, null, 'USA', n, n FROM generate_series(1, 20) n ON CONFLICT DO NOTHING`,
  );
  await on.postgres.query('CHECKPOINT');
  await stack.kill('postgres');
  const data = join(stack.dataDir, 'postgres');
  const older = join(stack.dataDir, 'postgres.older');
  await copy(data, older);
  await stack.restart('postgres');
  await Promise.all([on.start('sink', env()), on.start('cdc', env())]);
  await on.postgres.query(`UPDATE airports SET name = 'of a future that is gone'`);
  await airportsAgree(on);

  await on.stop();
  const lostMs = performance.now();
  await stack.kill('postgres');
  await rm(data, { recursive: true });
  await copy(older, data);
  await stack.restart('postgres');
  await on.postgres.query(`UPDATE airports SET name = 'of now' WHERE iata LIKE 'A2%'`);
  await expect(on.start('cdc', env())).rejects.toThrow('cdc.source-behind');

  await on.succeeds(env(), 'cdc', 'begin-anew', '--yes');
  await Promise.all([on.start('sink', env()), on.start('cdc', env())]);
  await on.postgres.query(`INSERT INTO airports VALUES ('NEW', 'after', null, null, 'USA', 1, 2)`);
  await expect.poll(async () => (await on.airports()).dimension).toContain('NEW');
  await emptyAirports();
  await on.succeeds(env(), 'replay', on.world.airports.id);
  await airportsAgree(on);
  tellMeasured('PostgreSQL went back', 'what PostgreSQL lost', lostMs);
});
