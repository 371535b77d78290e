/**
 * Offsets that no longer say what has landed: the topic was deleted and made again, an operator set the
 * group back or ahead, or the group is a new one over a full table. Nothing lands twice, nothing is
 * taken for landed that is not.
 */
import { type Claim, claimText, parsePosition, restingText } from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  commitOffset,
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';

let world: FlightsWorld;
let sink: ServiceProcess | undefined;
const { kafkaBrokers } = stackUnderTest();
const connection = { brokers: kafkaBrokers.split(','), clientId: 'test', logger: silentLogger };
const admin = createAdmin(connection);

beforeEach(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1 });
});
afterEach(async () => {
  await stop();
  await world?.drop();
});

const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
  sink = await startService('sink', { ...world.env, ...env });
  await sink.ready();
};
const stop = async (): Promise<void> => {
  await sink?.stop();
  sink = undefined;
};
const landing = (rows: number, positions = rows) =>
  expect.poll(() => world.landed()).toEqual({ rows, positions, flights: rows });
const position = async () => {
  const [one] = await admin.committedOffsets(world.group, [world.contract.topic.name]);
  return one && { offset: one.offset, ...(parsePosition(one.metadata) as object) };
};
const commit = (offset: number, metadata: string) =>
  commitOffset(kafkaBrokers, world.group, {
    ...{ topic: world.contract.topic.name, partition: 0, offset, metadata },
  });
const said = (words: string) => sink!.lines.filter((line) => line.includes(words));

async function replaceTopic(): Promise<void> {
  const { name, partitions, replicationFactor } = world.contract.topic;
  await admin.deleteTopics([name]);
  await admin.createTopics([{ name, partitions, replicationFactor, config: {} }]);
}

/** A claim of a log that nobody stands in. */
const withLog = (from: number, to: number): Claim => ({
  ...{ log: { cluster: 'c', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', epoch: '0' }, from, to },
  ...{ atMs: Date.now(), table: world.contract.warehouse.table },
  ...{ deadSchemas: [], deadOffsets: [], transactional: false },
});

/** The log that the group stands in, and the claim that covers these offsets in it. */
async function claimOf(from: number, to: number): Promise<Claim> {
  const stands = (await position()) as Pick<Claim, 'log'> | undefined;
  return { ...withLog(from, to), log: stands!.log! };
}

test('a topic deleted and made again while the sink runs lands whole beside the rows of the old one (F11)', async () => {
  await start();
  await world.send(0, 30);
  await landing(30);
  await replaceTopic();
  await world.send(100, 50);
  await landing(80, 50);
  const logs = await world.database.query(
    `SELECT toUInt32(count()) AS rows FROM ${world.contract.warehouse.table} GROUP BY _incarnation ORDER BY rows`,
  );
  expect(logs).toEqual([{ rows: 30 }, { rows: 50 }]);
});

test('a position and a claim that outlived their topic are void, and it is said what they were (F11)', async () => {
  await start();
  await world.send(0, 30);
  await landing(30);
  await expect.poll(position).toMatchObject({ offset: 30 });
  await stop();
  const claim = await claimOf(30, 39);
  await replaceTopic();
  await commit(30, claimText(claim));
  await world.send(100, 40);
  await start();
  await landing(70, 40);
  expect(said('was deleted and made again')).toMatchObject([
    expect.stringContaining('"claimed":[30,39]'),
  ]);
  await expect.poll(position).toMatchObject({ offset: 40 });
});

test('a partition of which nothing was committed is told before anything has landed, so that its lag can be asked for', async () => {
  await start();
  await expect.poll(position).toEqual({ offset: 0 });
  await world.send(0, 30);
  await landing(30);
  await expect.poll(position).toMatchObject({ offset: 30 });
});

test('an offset set back by a tool inserts what the table lacks and nothing else', async () => {
  await start();
  await world.send(0, 40);
  await landing(40);
  await stop();
  await world.database.execute(
    `DELETE FROM ${world.contract.warehouse.table} WHERE _offset BETWEEN 10 AND 14`,
  );
  await commit(0, '');
  await world.send(40, 10);
  await start();
  await landing(50);
  expect(said('compared with it')).toHaveLength(1);
  await expect.poll(position).toMatchObject({ offset: 50 });
});

test('what is still to be compared is known after a crash: it is written with every claim and offset', async () => {
  await start();
  await world.send(0, 40);
  await landing(40);
  await stop();
  const { log } = await claimOf(0, 0);
  await commit(7, restingText({ ...log!, epoch: '0~a' }, { compareBelow: 40 }));
  await start({ MILLRACE_SINK_INSERT_ROWS: '10' });
  await expect.poll(position).toMatchObject({ offset: 40 });
  expect(await world.landed()).toEqual({ rows: 40, positions: 40, flights: 40 });
});

test('a new group over a table that has it all adds nothing, and goes on with what is new', async () => {
  await start();
  await world.send(0, 40);
  await landing(40);
  await stop();
  await world.send(40, 10);
  await start({ MILLRACE_SINK_GROUP: `${world.group}-again` });
  await landing(50);
});

test('an offset set ahead says which records will not land', async () => {
  await start();
  await world.send(0, 20);
  await landing(20);
  await stop();
  await world.send(20, 20);
  await commit(30, '');
  await start();
  await landing(30);
  expect(said('ahead of the last row')).toMatchObject([
    expect.stringMatching(/"from":20.*"to":29/),
  ]);
});

test('rows of a log that is gone are not taken for rows of the new one when the offset is set back', async () => {
  await start();
  await world.send(0, 30);
  await landing(30);
  await replaceTopic();
  await world.send(100, 20);
  await landing(50, 30);
  await stop();
  await world.database.execute(
    `DELETE FROM ${world.contract.warehouse.table} WHERE flight_id IN ('F105', 'F106')`,
  );
  await commit(0, '');
  await start();
  await landing(50, 30);
});

test('an offset that was copied from another cluster is honoured, and the claim with it is not repeated', async () => {
  const claim = withLog(20, 29);
  await world.send(0, 40);
  await commit(20, claimText({ ...claim, log: { ...claim.log!, cluster: 'another' } }));
  await start();
  await landing(20);
  expect(said('committed on another cluster')).toMatchObject([
    expect.stringContaining('"claimed":[20,29]'),
  ]);
});

test('rows from before the column are compared while the topic is the one it was, and not beyond', async () => {
  const { table } = world.contract.warehouse;
  await start();
  await world.send(0, 20);
  await landing(20);
  await stop();
  await world.database.execute(`ALTER TABLE ${table} DROP COLUMN _incarnation`);
  await commit(0, '');
  sink = await startService('sink', world.env);
  const readiness = async () => (await fetch(`${sink!.adminUrl}/readyz`)).text().catch(() => '');
  await expect.poll(readiness).toContain('has no column _incarnation');
  await world.database.execute(`ALTER TABLE ${table} ADD COLUMN _incarnation Int64`);
  await world.send(20, 10);
  await landing(30);
  await replaceTopic();
  await world.send(100, 15);
  await landing(45, 30);
});
