/**
 * The sink beside what people use instead, turn by turn on the same servers and the same topic:
 *
 *     node tests/bench/sink-against-peers/run.ts [--rows 2000000] [--rounds 3] [--freshness 30]
 *     node tests/bench/sink-against-peers/run.ts --columns 8,50,200,500
 *     node tests/bench/sink-against-peers/run.ts --partitions 1,4,16,64
 *
 * What is measured and how: README.md beside this file. It starts a stack of its own.
 */
import { parseArgs } from 'node:util';
import { readState, startStack } from '@millrace/stack';
import { connectSink } from './connect-sink.ts';
import type { Contestant } from './contestant.ts';
import { type DrainFigures, drain } from './drain.ts';
import type { EventShape } from './events.ts';
import { type FreshnessFigures, measureFreshness } from './freshness.ts';
import { jsonRows } from './json-rows.ts';
import { kafkaEngine } from './kafka-engine.ts';
import { millrace } from './millrace.ts';
import { printRun, printTable } from './report.ts';
import { createWorld } from './world.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000000' },
    rounds: { type: 'string', default: '3' },
    freshness: { type: 'string', default: '30' },
    only: { type: 'string' },
    columns: { type: 'string' },
    partitions: { type: 'string' },
    'note-bytes': { type: 'string' },
  },
});

const PARTITIONS = 4;
const COLUMNS = 8;
const FRESHNESS_EVENTS_PER_SECOND = 1_000;
/** Fewer rows of many columns, so that each step of a series moves about as many values. */
const SERIES_ROWS_MIN = 50_000;

const rows = Number(options.rows);
const rounds = Number(options.rounds);
const freshnessSeconds = Number(options.freshness);
const jars = process.env['MILLRACE_BENCH_CONNECT_JARS'];
const contestants: readonly Contestant[] = [
  kafkaEngine,
  jsonRows,
  ...(jars === undefined ? [] : [connectSink(jars)]),
  millrace,
].filter(({ name }) => options.only === undefined || name.includes(options.only));

const drainColumns = {
  rowsPerSecond: 'rows/s',
  rowsPerSecondFromStart: 'rows/s from start',
  cpuMicrosPerRow: 'CPU µs/row, sink + ClickHouse',
  sinkCpuMicrosPerRow: 'of it the sink',
  steadyCpuMicrosPerRow: 'behind the first rows',
  peakMemoryMb: 'peak RSS, MB',
  inserts: 'inserts',
  otherCpuSeconds: 'other CPU s',
};
const freshnessColumns = {
  p50Ms: 'p50 ms',
  p90Ms: 'p90 ms',
  p99Ms: 'p99 ms',
  maxMs: 'max ms',
  sinkCpuSeconds: 'sink CPU s',
  unseen: 'not seen',
};

const stack = await startStack({ backend: 'embedded' });
const serverPid = readState(stack.dataDir)?.parts.clickhouse?.pid;
if (serverPid === undefined) throw new Error('the stack does not tell the pid of ClickHouse');

/** Drains one loaded topic by each contestant in turn, `rounds` times. */
const drainAll = async (
  title: string,
  those: readonly Contestant[],
  shape: EventShape,
  partitions: number,
  count: number,
  label: (contestant: Contestant) => string,
  into = new Map<string, DrainFigures[]>(),
): Promise<Map<string, DrainFigures[]>> => {
  const world = await createWorld(stack.endpoints, shape, partitions);
  try {
    await world.load(count);
    for (let round = 1; round <= rounds; round += 1) {
      for (const contestant of those) {
        const figures = await drain(contestant, world, serverPid, count);
        printRun(title, label(contestant), figures);
        into.set(label(contestant), [...(into.get(label(contestant)) ?? []), figures]);
      }
    }
    return into;
  } finally {
    await world.drop();
  }
};

const noteBytes = options['note-bytes'];
const shapeOf = (columns: number): EventShape => ({
  columns,
  ...(noteBytes === undefined ? {} : { noteBytes: Number(noteBytes) }),
});

const runSeries = async (what: 'columns' | 'partitions', steps: readonly number[]) => {
  const runs = new Map<string, DrainFigures[]>();
  for (const step of steps) {
    const columns = what === 'columns' ? step : COLUMNS;
    const partitions = what === 'partitions' ? step : PARTITIONS;
    const count = Math.max(Math.min(rows, SERIES_ROWS_MIN), Math.floor((rows * COLUMNS) / columns));
    const label = () => `${step} ${what}, ${count.toLocaleString('en')} rows`;
    await drainAll(what, [millrace], shapeOf(columns), partitions, count, label, runs);
  }
  printTable(`The sink by ${what}, min / median / max`, runs, drainColumns);
};

const runPeers = async (): Promise<void> => {
  const nameOf = ({ name }: Contestant) => name;
  const runs = await drainAll('drain', contestants, shapeOf(COLUMNS), PARTITIONS, rows, nameOf);
  printTable(`${rows.toLocaleString('en')} rows, min / median / max`, runs, drainColumns);
  if (freshnessSeconds === 0) return;
  const fresh = new Map<string, FreshnessFigures[]>();
  const load = { perSecond: FRESHNESS_EVENTS_PER_SECOND, seconds: freshnessSeconds };
  for (let round = 1; round <= rounds; round += 1) {
    for (const contestant of contestants) {
      const world = await createWorld(stack.endpoints, shapeOf(COLUMNS), PARTITIONS);
      try {
        const figures = await measureFreshness(contestant, world, load);
        printRun('freshness', contestant.name, figures);
        fresh.set(contestant.name, [...(fresh.get(contestant.name) ?? []), figures]);
      } finally {
        await world.drop();
      }
    }
  }
  const title = `Send → SELECT at ${load.perSecond.toLocaleString('en')} events/s, min / median / max`;
  printTable(title, fresh, freshnessColumns);
};

const numbers = (list: string): number[] => list.split(',').map(Number);
try {
  if (options.columns !== undefined) await runSeries('columns', numbers(options.columns));
  else if (options.partitions !== undefined) {
    await runSeries('partitions', numbers(options.partitions));
  } else await runPeers();
} finally {
  await stack.stop();
}
process.exit(0);
