/** Times one run from outside: from the start of a contestant until every event of the topic can be selected. */
import { systemClock } from '@millrace/pipeline';
import { createClickHouseDatabase } from '@millrace/testkit';
import { cpuSecondsOfMachine } from '../machine-usage.ts';
import { processUsage } from '../process-usage.ts';
import type { Contestant } from './contestant.ts';
import { sumOfQuantities } from './events.ts';
import type { World } from './world.ts';

const LOOK_INTERVAL_MS = 40;
const TIME_LIMIT_MS = 600_000;

export interface DrainFigures {
  /** Behind the first visible rows, until the last. */
  readonly rowsPerSecond: number;
  /** From the start of the contestant, joining the group included. */
  readonly rowsPerSecondFromStart: number;
  /** Of sink and ClickHouse together, from the start to the last row. */
  readonly cpuMicrosPerRow: number;
  readonly sinkCpuMicrosPerRow: number;
  /** Of both, behind the first visible rows: without the start of the process. */
  readonly steadyCpuMicrosPerRow: number;
  /** Of the sink's process; that of ClickHouse where it is the sink. */
  readonly peakMemoryMb: number;
  readonly inserts: number;
  /** Of everything else on the machine meanwhile: broker, this bench, disturbance. */
  readonly otherCpuSeconds: number;
}

interface Landed {
  readonly rows: number;
  readonly ids: number;
  readonly sum: number;
}

export const drain = async (
  contestant: Contestant,
  world: World,
  serverPid: number,
  rows: number,
): Promise<DrainFigures> => {
  const database = await createClickHouseDatabase('bench', world.endpoints.clickhouseUrl);
  const table = contestant.table(world);
  const count = async (): Promise<number> => {
    const [row] = await database.query<{ n: number }>(`SELECT count() AS n FROM ${table}`);
    return row!.n;
  };
  await contestant.prepare(world, database);
  const server = processUsage(serverPid).cpuSeconds;
  const machine = cpuSecondsOfMachine();
  const startedMs = performance.now();
  const running = await contestant.start(world, database, false);
  const sinkCpu = () => (running.pid === undefined ? 0 : processUsage(running.pid).cpuSeconds);
  const usedCpu = () => sinkCpu() + processUsage(serverPid).cpuSeconds - server;
  try {
    let landed = 0;
    let first: { readonly atMs: number; readonly rows: number; readonly cpu: number } | undefined;
    while (landed < rows) {
      await systemClock.sleep(LOOK_INTERVAL_MS);
      landed = await count();
      if (landed > 0) first ??= { atMs: performance.now(), rows: landed, cpu: usedCpu() };
      if (performance.now() - startedMs > TIME_LIMIT_MS) {
        throw new Error(`${contestant.name}: ${landed} of ${rows} rows after the time limit`);
      }
    }
    const lastMs = performance.now();
    const own = sinkCpu();
    const used = usedCpu();
    const other = cpuSecondsOfMachine() - machine - used;
    const peak = processUsage(running.pid ?? serverPid).peakResidentBytes;
    const [parts] = await database.query<{ n: number }>(
      `SELECT max(toUInt64(splitByChar('_', name)[3])) AS n FROM system.parts
       WHERE database = currentDatabase() AND table = '${table}'`,
    );
    await running.stop();
    const [found] = await database.query<Landed>(
      `SELECT count() AS rows, uniqExact(id) AS ids, sum(qty) AS sum FROM ${table}`,
    );
    const sum = sumOfQuantities(rows);
    if (found!.rows !== rows || found!.ids !== rows || found!.sum !== sum) {
      throw new Error(`${contestant.name} landed ${JSON.stringify(found)} of ${rows}, sum ${sum}`);
    }
    return {
      rowsPerSecond: (rows - first!.rows) / ((lastMs - first!.atMs) / 1_000),
      rowsPerSecondFromStart: rows / ((lastMs - startedMs) / 1_000),
      cpuMicrosPerRow: (used / rows) * 1e6,
      sinkCpuMicrosPerRow: (own / rows) * 1e6,
      steadyCpuMicrosPerRow: ((used - first!.cpu) / (rows - first!.rows)) * 1e6,
      peakMemoryMb: peak / 1e6,
      inserts: parts!.n,
      otherCpuSeconds: other,
    };
  } finally {
    await running.stop();
    await database.drop();
  }
};
