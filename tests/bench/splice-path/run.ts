/**
 * What landing without decoding saves: the same framed records go into ClickHouse by splice + FORMAT Avro,
 * and by decode + JSONEachRow as sinks are usually written. Both ways alternate in one run on a stack of
 * its own; CPU is that of this process and of the ClickHouse server together. See README.md.
 *
 *   node tests/bench/splice-path/run.ts [records] [rounds]
 */
import { createRegistryClient } from '@millrace/avro';
import { createClickHouse } from '@millrace/clickhouse';
import { readState, startStack } from '@millrace/stack';
import { createDecodeWay } from './decode-way.ts';
import { frameFlights, schemaText } from './flights.ts';
import { measure, spread } from './measure.ts';
import { createSpliceWay } from './splice-way.ts';
import { checksum, createTables, type LandingWay } from './tables.ts';

const recordCount = Number(process.argv[2] ?? 500_000);
const rounds = Number(process.argv[3] ?? 5);
const BATCH_ROWS = 100_000;

const stack = await startStack({ backend: 'embedded' });
try {
  const { clickhouseUrl, registryUrl } = stack.endpoints;
  const serverPid = readState(stack.dataDir)?.parts.clickhouse?.pid;
  if (serverPid === undefined) throw new Error('the stack does not tell the pid of ClickHouse');

  const { id } = await createRegistryClient({ url: registryUrl }).register(
    'splice-path',
    schemaText,
  );
  const records = frameFlights(recordCount, id);
  const clickhouse = createClickHouse({ url: clickhouseUrl, requestTimeoutMs: 60_000 });
  await createTables(clickhouse);
  const ways: readonly LandingWay[] = [
    createSpliceWay(clickhouse),
    createDecodeWay(clickhouse, registryUrl),
  ];

  const rates = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  // The round before the first is not counted: it compiles and warms both sides.
  for (let round = 0; round <= rounds; round++) {
    for (const way of ways) {
      await clickhouse.exec(`TRUNCATE TABLE ${way.table}`);
      const cost = await measure(serverPid, async () => {
        for (let from = 0; from < records.length; from += BATCH_ROWS) {
          await way.land(records.slice(from, from + BATCH_ROWS), from, `${round}:${from}`);
        }
      });
      const rowsPerCpuSecond = records.length / (cost.ownCpuSeconds + cost.serverCpuSeconds);
      if (round > 0) rates.get(way.name)?.push(rowsPerCpuSecond);
      console.log(
        `${round === 0 ? 'warm-up' : `round ${round}`}  ${way.name.padEnd(20)}`,
        `sink ${cost.ownCpuSeconds.toFixed(2)} s  server ${cost.serverCpuSeconds.toFixed(2)} s`,
        ` ${(records.length / cost.wallSeconds / 1_000).toFixed(0)}k rows/s`,
        ` ${(rowsPerCpuSecond / 1_000).toFixed(0)}k rows per CPU second`,
      );
    }
    const sums = await Promise.all(ways.map(({ table }) => checksum(clickhouse, table)));
    if (new Set(sums).size > 1)
      throw new Error(`the ways landed different rows: ${sums.join(' ')}`);
  }

  console.log(`\n${recordCount} records, batches of ${BATCH_ROWS}; thousand rows per CPU second`);
  const medians = ways.map(({ name }) => {
    const { min, median, max } = spread(rates.get(name) ?? []);
    const text = [min, median, max].map((rate) => (rate / 1_000).toFixed(0)).join(' / ');
    console.log(`  ${name.padEnd(20)} min / median / max  ${text}`);
    return median;
  });
  console.log(`  splice ÷ decode      ${((medians[0] ?? 0) / (medians[1] ?? 1)).toFixed(2)}`);
  await clickhouse.close();
} finally {
  await stack.stop();
}
