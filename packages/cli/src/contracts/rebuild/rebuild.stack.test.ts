/** A rebuild that ends anywhere goes on when it is run again, and readers see every row all the time. */
import { fileURLToPath } from 'node:url';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { planTables, type WarehouseContract } from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  stackUnderTest,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPlan } from '../apply.ts';
import { pendingSteps, planProject } from '../plan.ts';
import { connectSystem, type PlatformSystem } from '../platform-system.ts';
import { readingContract, type StreamChange, standardFields } from '../testing/project-fixture.ts';
import { rebuildTable } from './rebuild-table.ts';

let database: ClickHouseDatabase;
let clickhouse: ClickHouse;
let system: PlatformSystem;

const connection = () => ({
  brokers: stackUnderTest().kafkaBrokers.split(','),
  clientId: 'test',
  logger: silentLogger,
});

beforeAll(async () => {
  const { kafkaBrokers, registryUrl } = stackUnderTest();
  database = await createClickHouseDatabase('rebuild');
  clickhouse = createClickHouse({ url: database.url });
  const brokers = kafkaBrokers.split(',');
  system = connectSystem({ kafkaBrokers: brokers, registryUrl, clickhouseUrl: database.url });
});
afterAll(async () => {
  await clickhouse.close();
  await system.close();
  await database.drop();
});

const contractOf = (domain: string, change: StreamChange = {}) =>
  readingContract(domain, change) as WarehouseContract;

const rebuild = async (contract: WarehouseContract, on: ClickHouse = clickhouse) => {
  const admin = createAdmin(connection());
  const options = { contract, clickhouse: on, admin, liveGroup: 'none.of.this.test' };
  try {
    return await rebuildTable({ ...options, onProgress: () => undefined });
  } finally {
    await admin.close();
  }
};

const rows = 1_000;
const fill = (domain: string) =>
  database.execute(
    `INSERT INTO ${domain}_reading_raw (sensor, measured_at, celsius, _partition, _offset, _produced_at)
     SELECT toString(number % 7), 1000 + number, number, 0, number, 1000 FROM numbers(${rows})`,
  );
const seen = async (domain: string) => {
  const [row] = await database.query<{ n: number; s: number }>(
    `SELECT toUInt32(count()) AS n, toUInt32(uniqExact(celsius)) AS s FROM ${domain}_reading`,
  );
  return row;
};
const create = async (domain: string, change: StreamChange = {}) => {
  await applyPlan(await planProject([contractOf(domain, change)], system), system);
  await fill(domain);
};

/** The server, as a run meets it that is ended at its n-th statement, before or after it was carried out. */
const endedAt = (n: number, isCarriedOut: boolean): ClickHouse & { count(): number } => {
  let statements = 0;
  return {
    ...clickhouse,
    count: () => statements,
    exec: async (text, settings) => {
      statements += 1;
      if (statements === n && !isCarriedOut) throw new Error('ended');
      await clickhouse.exec(text, settings);
      if (statements === n) throw new Error('ended');
    },
  };
};

/** As when a minute has passed since the ended run was heard of. */
const endLease = async () => {
  const locks = await database.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${database.name}' AND name LIKE '_millrace_lock_%'`,
  );
  for (const { name } of locks) {
    await database.execute(`ALTER TABLE ${name} MODIFY COMMENT '0 ended'`);
  }
};

test('ended at any statement, before or after it, readers see all rows, and the next run brings it to its end', async () => {
  const domain = uniqueName('rebuild').replaceAll('-', '_');
  await create(domain);
  const shapes: StreamChange[] = [{ orderBy: ['measured_at'] }, {}];
  let at = 1;
  // Each statement twice: ended after it and ended before it.
  for (let turn = 0; ; turn += 1) {
    const contract = contractOf(domain, shapes[turn % 2]);
    const server = endedAt(at, turn % 2 === 0);
    const isEnded = await rebuild(contract, server).then(
      () => false,
      (error: Error) => {
        expect(error.message).toBe('ended');
        return true;
      },
    );
    expect(await seen(domain), `ended at statement ${at}`).toEqual({ n: rows, s: rows });
    if (!isEnded) break;
    await endLease();
    await rebuild(contract);
    expect(await seen(domain), `after statement ${at}`).toEqual({ n: rows, s: rows });
    expect(pendingSteps(await planProject([contract], system))).toEqual([]);
    if (turn % 2 === 1) at += 1;
  }
  expect(at).toBeGreaterThan(10);
}, 300_000);

test('a column of the key gets another type, and a new column comes along', async () => {
  const domain = uniqueName('rebuild').replaceAll('-', '_');
  const orderBy = ['celsius'];
  await create(domain, { orderBy });
  const wider = standardFields.map((field) =>
    field['name'] === 'celsius' ? { ...field, type: 'long' } : field,
  );
  const added = { name: 'unit', type: 'string', default: 'C' };
  const change = { orderBy, fields: [...wider, added] };
  await rebuild(contractOf(domain, change));
  expect(await seen(domain)).toEqual({ n: rows, s: rows });
  const columns = await database.query(
    `SELECT DISTINCT toTypeName(celsius) AS celsius, unit FROM ${domain}_reading_raw`,
  );
  expect(columns).toEqual([{ celsius: 'Int64', unit: 'C' }]);
});

test('a dimension shows the same rows after it, and what feeds on its raw table goes on', async () => {
  const project = fileURLToPath(new URL('../../../../../', import.meta.url));
  const { contracts } = await loadProject(project);
  const declared = contracts.find(({ id }) => id === 'flights.airports') as WarehouseContract;
  const topic = { ...declared.topic, name: uniqueName('airports'), replicationFactor: 1 };
  await system.kafka.createTopics([{ ...topic, config: {} }]);
  const airports = { ...declared, topic };
  for (const { action } of planTables([airports], [], database.name)) {
    if (action) await clickhouse.exec(action.statement);
  }
  const insert = (iata: string, version: number, isDeleted: number, isTruncation = 0) =>
    database.execute(
      `INSERT INTO airports_raw (iata, name, country, _version, _is_deleted, _is_truncation, _partition, _offset, _committed_at)
       VALUES ('${iata}', 'v${version}', 'USA', ${version}, ${isDeleted}, ${isTruncation}, 0, ${version}, 1000)`,
    );
  const shown = () => database.query('SELECT iata, name FROM airports ORDER BY iata');
  await insert('A', 1, 0);
  await insert('B', 2, 0);
  await insert('A', 3, 0);
  await insert('B', 4, 1);
  expect(await shown()).toEqual([{ iata: 'A', name: 'v3' }]);
  const finer = { ...airports, warehouse: { ...airports.warehouse, indexGranularity: 256 } };
  await rebuild(finer);
  expect(await shown()).toEqual([{ iata: 'A', name: 'v3' }]);
  await insert('', 5, 0, 1);
  await insert('C', 6, 0);
  expect(await shown()).toEqual([{ iata: 'C', name: 'v6' }]);
});

test('a materialized view of somebody’s would stay with the old table, so it is refused before anything is done', async () => {
  const domain = uniqueName('rebuild').replaceAll('-', '_');
  await create(domain);
  await database.execute(
    `CREATE MATERIALIZED VIEW ${domain}_mine ENGINE = MergeTree ORDER BY sensor AS SELECT sensor FROM ${domain}_reading_raw`,
  );
  await expect(rebuild(contractOf(domain, { orderBy: ['measured_at'] }))).rejects.toThrow(
    /feeds .*_mine, which would stay/,
  );
});
