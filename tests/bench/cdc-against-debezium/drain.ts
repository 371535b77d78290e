/** Times one run from outside: from the first record on its topic to the last one expected. */
import { systemClock } from '@millrace/pipeline';
import type { PostgresDatabase } from '@millrace/testkit';
import { cpuSecondsOfMachine } from '../machine-usage.ts';
import { processUsage } from '../process-usage.ts';
import type { Contestant, Endpoints, Workload } from './contestant.ts';

const LOOK_INTERVAL_MS = 25;
const TIME_LIMIT_MS = 600_000;

export interface DrainFigures {
  readonly rowsPerSecond: number;
  /** Start of the process to the first record. */
  readonly firstSeconds: number;
  /** Of the process, from the first record to the last. */
  readonly cpuMicrosPerRow: number;
  readonly peakMemoryMb: number;
  /** Of the machine in that time, all but the process: servers, the clock of this bench, disturbance. */
  readonly otherCpuSeconds: number;
}

export const drain = async (
  contestant: Contestant,
  workload: Workload,
  database: PostgresDatabase,
  endpoints: Endpoints,
  rows: number,
): Promise<DrainFigures> => {
  const startedMs = performance.now();
  const running = await contestant.start(workload, database, endpoints);
  let count = 0;
  let countAtFirst = 0;
  let firstMs = 0;
  let cpuAtFirst = 0;
  let machineAtFirst = 0;
  try {
    while (count < rows) {
      await systemClock.sleep(LOOK_INTERVAL_MS);
      count = await running.recordCount();
      if (firstMs === 0 && count > 0) {
        firstMs = performance.now();
        countAtFirst = count;
        cpuAtFirst = processUsage(running.pid).cpuSeconds;
        machineAtFirst = cpuSecondsOfMachine();
      }
      if (performance.now() - startedMs > TIME_LIMIT_MS) {
        throw new Error(`${contestant.name}: ${count} of ${rows} records after the time limit`);
      }
    }
    const seconds = (performance.now() - firstMs) / 1000;
    const cpu = processUsage(running.pid).cpuSeconds - cpuAtFirst;
    const timed = rows - countAtFirst;
    return {
      rowsPerSecond: timed / seconds,
      firstSeconds: (firstMs - startedMs) / 1000,
      cpuMicrosPerRow: (cpu / timed) * 1e6,
      peakMemoryMb: processUsage(running.pid).peakResidentBytes / 1e6,
      otherCpuSeconds: cpuSecondsOfMachine() - machineAtFirst - cpu,
    };
  } finally {
    await running.finish();
  }
};
