/**
 * A cluster is lost with everything that ran on it, while it was being mirrored: what was copied goes on over there, once;
 * what was not is lost, and no more than that. The commands are those of docs/operations/disaster.md.
 */
import { join } from 'node:path';
import { createAdmin, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { type RunningStack, startStack } from '@millrace/stack';
import { momentOfChance } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDisasterWorld, type DisasterWorld, PARTITIONS } from './disaster-world.ts';

let west: RunningStack;
let east: RunningStack;
let on: DisasterWorld;

beforeAll(async () => {
  west = await startStack({ backend: 'embedded' });
  east = await startStack({ backend: 'embedded' });
  on = await createDisasterWorld(west);
});
afterAll(async () => {
  await on?.drop();
  await Promise.all([west?.stop(), east?.stop()]);
});

const mirrorEnv = () => ({
  ...on.env(east.endpoints),
  MILLRACE_MIRROR_FROM_BROKERS: west.endpoints.kafkaBrokers,
});

/** Ids of the departures that the copy holds. */
const copiedIds = async (): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>();
  const connection = {
    ...{ brokers: east.endpoints.kafkaBrokers.split(','), clientId: 'audit', logger: silentLogger },
  };
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const where = { topic: on.world.contract.topic.name, partition, fromOffset: 0 } as const;
    for await (const { headers } of readPartition(connection, {
      ...where,
      isolation: 'read_committed',
    })) {
      const id = String(headers['ce_id']);
      expect(ids.has(id), `${id} is in the copy twice`).toBe(false);
      ids.add(id);
    }
  }
  return ids;
};

const landedIds = async (): Promise<readonly string[]> =>
  (
    await on.world.database.query<{ id: string }>(
      `SELECT flight_id AS id FROM ${on.world.contract.warehouse.table}`,
    )
  ).map(({ id }) => id);

test('a failover to the copy while everything dies loses what was not copied, and doubles nothing', async () => {
  const env = on.env(west.endpoints);
  const backup = join(on.directory, 'registry');
  await Promise.all([on.start('sink', env), on.start('cdc', env)]);
  await on.postgres.query(
    `INSERT INTO airports SELECT 'A' || n, 'airport', 'city', 'CA', 'USA', n, n FROM generate_series(1, 50) n`,
  );
  const sender = on.sender(west.endpoints);
  let sent = 0;
  const send = async (): Promise<void> => {
    await sender.send(sent, 500);
    sent += 500;
  };
  await send();
  await on.succeeds(env, 'backup', backup, '--only', 'registry');
  const mirroring = on.millrace(mirrorEnv(), 'mirror', 'run');
  const admin = createAdmin({
    ...{ brokers: east.endpoints.kafkaBrokers.split(','), clientId: 'audit', logger: silentLogger },
  });
  const copied = async () =>
    (await admin.partitionOffsets(on.world.contract.topic.name).catch(() => [])).reduce(
      (sum, { high }) => sum + high,
      0,
    );
  await expect.poll(copied).toBeGreaterThan(0);
  let isSending = true;
  const sending = (async () => {
    while (isSending) await send();
  })().catch(() => undefined);
  await expect.poll(async () => (await landedIds()).length).toBeGreaterThan(5_000);
  await momentOfChance(0, 1_000);
  // Everything dies: the sink in the middle of an insert or not, then the cluster.
  await on.kill();
  isSending = false;
  await Promise.all([west.kill('registry'), west.kill('kafka')]);
  await sending;
  await on.postgres.query(`UPDATE airports SET name = 'changed while nobody looked'`);

  const status = await on.millrace(mirrorEnv(), 'mirror', 'status');
  expect(status.code).toBe(1);
  expect(status.stdout).toContain('The source does not answer');
  await on.succeeds(mirrorEnv(), 'mirror', 'offsets', '--noted', '--take-back');
  await on.succeeds(on.env(east.endpoints), 'restore', backup, '--only', 'registry');
  await on.succeeds(on.env(east.endpoints), 'cdc', 'begin-anew', '--keep-topics', '--yes');

  const inCopy = await copiedIds();
  const before = new Set(await landedIds());
  const here = on.env(east.endpoints);
  await Promise.all([on.start('sink', here), on.start('cdc', here)]);
  const wanted = new Set([...before, ...inCopy]);
  await expect.poll(async () => (await landedIds()).length).toBeGreaterThanOrEqual(wanted.size);
  await on.succeeds(here, 'verify', on.world.contract.id);
  const landed = await landedIds();
  expect(landed.length).toBe(new Set(landed).size);
  expect(new Set(landed)).toEqual(wanted);
  process.stdout.write(
    `failover: ${sent} sent, ${inCopy.size} copied, ${before.size} landed before, ${sent - wanted.size} lost\n`,
  );
  await expect
    .poll(async () => {
      const { source, dimension } = await on.airports();
      return source === dimension ? 'equal' : dimension;
    })
    .toBe('equal');
  await admin.close();
  // It waits for its source; nothing else ends it.
  expect(await Promise.race([mirroring, Promise.resolve('runs')])).toBe('runs');
});
