/**
 * A cluster is lost with everything that ran on it, while it was being mirrored: what was copied goes on over there, once;
 * what was not is lost, and no more than that. The commands are those of docs/operations/disaster.md.
 */
import { join } from 'node:path';
import { createAdmin, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import type { RunningStack } from '@millrace/stack';
import { momentOfChance, pace } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DisasterClusters, startDisasterClusters } from './disaster-clusters.ts';
import { airportsAgree, type DisasterWorld, PARTITIONS, tellMeasured } from './disaster-world.ts';

let west: RunningStack;
let east: RunningStack;
let on: DisasterWorld;
let mirrorEnv: DisasterClusters['mirrorEnv'];
let clusters: DisasterClusters | undefined;

beforeAll(async () => {
  clusters = await startDisasterClusters();
  ({ west, east, on, mirrorEnv } = clusters);
});
afterAll(() => clusters?.drop());

/** Ids of the departures that the copy holds. */
const copiedIds = async (): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>();
  const brokers = east.endpoints.kafkaBrokers.split(',');
  const connection = { brokers, clientId: 'audit', logger: silentLogger };
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

/** Records and markers of the departures on the copy. */
const copiedCount = async (): Promise<number> => {
  const brokers = east.endpoints.kafkaBrokers.split(',');
  const admin = createAdmin({ brokers, clientId: 'audit', logger: silentLogger });
  const offsets = await admin.partitionOffsets(on.world.contract.topic.name).catch(() => []);
  await admin.close();
  return offsets.reduce((sum, { high }) => sum + high, 0);
};

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
  await expect.poll(copiedCount).toBeGreaterThan(0);
  let isSending = true;
  const sending = (async () => {
    while (isSending) {
      await send();
      await pace(20);
    }
  })().catch(() => undefined);
  await expect.poll(async () => (await landedIds()).length).toBeGreaterThan(5_000);
  await momentOfChance(0, 1_000);
  // Everything dies: the sink in the middle of an insert or not, then the cluster.
  await on.kill();
  isSending = false;
  await Promise.all([west.kill('registry'), west.kill('kafka')]);
  await sender.close({ abandon: true });
  await sending;
  const lostMs = performance.now();
  await on.postgres.query(`UPDATE airports SET name = 'changed while nobody looked'`);

  const status = await on.millrace(mirrorEnv(), 'mirror', 'status');
  expect(status).toMatchObject({
    ...{ code: 1, stdout: expect.stringContaining('The source does not answer') },
  });
  const landedBefore = (await landedIds()).length;
  await on.succeeds(mirrorEnv(), 'mirror', 'offsets', '--noted', '--take-back');
  const here = on.env(east.endpoints);
  await on.succeeds(here, 'restore', backup, '--only', 'registry');
  await on.succeeds(here, 'cdc', 'begin-anew', '--keep-topics', '--yes');

  const copied = await copiedIds();
  const kept = await landedIds();
  const wanted = new Set([...kept, ...copied]);
  await Promise.all([on.start('sink', here), on.start('cdc', here)]);
  await expect.poll(async () => (await landedIds()).length).toBeGreaterThanOrEqual(wanted.size);
  await airportsAgree(on);
  const lost = Array.from({ length: sent }, (_, index) => `F${index}`).filter(
    (id) => !wanted.has(id),
  );
  process.stdout.write(
    `failover: ${sent} acknowledged, ${copied.size} copied, ${landedBefore} landed before, ${landedBefore - kept.length} taken back\n`,
  );
  tellMeasured('Kafka, failover to the mirror', `${lost.length} of ${sent} events`, lostMs);
  await on.succeeds(here, 'verify', on.world.contract.id);
  const landed = await landedIds();
  expect(landed.length).toBe(new Set(landed).size);
  expect(new Set(landed)).toEqual(wanted);
  // It waits for its source; nothing else ends it.
  expect(await Promise.race([mirroring, Promise.resolve('runs')])).toBe('runs');
});
