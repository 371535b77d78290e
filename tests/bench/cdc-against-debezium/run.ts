/**
 * Millrace's capture against Debezium on Kafka Connect, turn by turn on the same servers:
 *
 *     node tests/bench/cdc-against-debezium/run.ts [snapshot|stream|latency|profile|all] [rounds] [rows]
 *
 * What is measured and how: README.md beside this file. With the platform's variables naming a running stack
 * that one is used; without them a stack is started for the run.
 */
import { startStack } from '@millrace/stack';
import { createPostgresDatabase, type PostgresDatabase } from '@millrace/testkit';
import type { Contestant, Endpoints } from './contestant.ts';
import { profiled } from './cpu-shares.ts';
import { debezium } from './debezium.ts';
import { type DrainFigures, drain } from './drain.ts';
import { type LatencyFigures, measureLatency } from './latency.ts';
import { millrace } from './millrace.ts';
import { changeOrders, loadOrders } from './orders.ts';
import { drainByRecvlogical, findRecvlogical, type ReceiverFigures } from './recvlogical.ts';
import { printRun, printShares, printSpread, printSummary } from './report.ts';

const [what = 'all', roundsText = '3', rowsText = '2000000'] = process.argv.slice(2);
const rounds = Number(roundsText);
const rows = Number(rowsText);
const changes = rows / 2;
const load = { perSecond: 500, seconds: 30 };
// the peer's tuned profile compresses by lz4, so both do
const ours = millrace({ MILLRACE_CDC_COMPRESSION: 'lz4' });
const contestants: readonly Contestant[] = [debezium(), ours];

const eachTurn = async <Figures extends DrainFigures | LatencyFigures>(
  workload: string,
  measure: (contestant: Contestant) => Promise<Figures>,
): Promise<void> => {
  const figures = new Map<string, Figures[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of contestants) {
      const measured = await measure(contestant);
      printRun(workload, contestant.name, round, measured);
      figures.set(contestant.name, [...(figures.get(contestant.name) ?? []), measured]);
    }
  }
  printSummary(workload, figures);
};

/** What the slot gives to one who does nothing with it. */
const receive = async (database: PostgresDatabase): Promise<void> => {
  const program = findRecvlogical();
  if (program === undefined) {
    console.log('pg_recvlogical is not installed: its drain rate is skipped');
    return;
  }
  const figures: ReceiverFigures[] = [];
  for (let round = 1; round <= rounds; round++) {
    const measured = await drainByRecvlogical(program, database, changes);
    printRun('stream', 'pg_recvlogical', round, measured);
    figures.push(measured);
  }
  printSpread('stream', 'pg_recvlogical', figures);
};

const runAll = async (database: PostgresDatabase, endpoints: Endpoints): Promise<void> => {
  await loadOrders(database, rows);
  if (what === 'snapshot' || what === 'all') {
    await eachTurn('snapshot', (one) => drain(one, 'snapshot', database, endpoints, rows));
  }
  if (what === 'latency' || what === 'all') {
    await eachTurn('latency', (one) => measureLatency(one, database, endpoints, load));
  }
  if (what === 'stream' || what === 'all') {
    await changeOrders(database, rows, changes);
    await eachTurn('stream', (one) => drain(one, 'stream', database, endpoints, changes));
    await receive(database);
  }
  if (what === 'profile' || what === 'all') {
    const profile = async (workload: 'snapshot' | 'stream', count: number) =>
      printShares(
        workload,
        await profiled(() => drain(ours, workload, database, endpoints, count)),
      );
    if (what === 'profile') {
      await profile('snapshot', rows);
      await changeOrders(database, rows, changes);
    }
    await profile('stream', changes);
  }
};

const { env } = process;
const stack =
  env['MILLRACE_POSTGRES_URL'] === undefined
    ? await startStack({ backend: 'embedded' })
    : undefined;
const endpoints = stack?.endpoints ?? {
  kafkaBrokers: env['MILLRACE_KAFKA_BROKERS'] ?? '',
  registryUrl: env['MILLRACE_REGISTRY_URL'] ?? '',
  postgresUrl: env['MILLRACE_POSTGRES_URL'] ?? '',
};
const database = await createPostgresDatabase('bench_cdc', endpoints.postgresUrl);
try {
  await runAll(database, endpoints);
} finally {
  await database.drop();
  await stack?.stop();
}
process.exit(0);
