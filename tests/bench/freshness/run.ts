/**
 * Freshness at a steady 1,000 events/s: from the door's 202, and from PostgreSQL's COMMIT, until a SELECT
 * shows it. Everything runs on this machine, the load generator and the polling included.
 *
 *     node tests/bench/freshness/run.ts [seconds]
 */
import {
  createFreshnessMeter,
  type FreshnessMeter,
  quietReporter,
  readFlights,
  sendFlights,
  startPlatform,
  tableText,
} from '@millrace/cli';
import { createClickHouse } from '@millrace/clickhouse';
import { systemClock } from '@millrace/pipeline';
import pg from 'pg';

const EVENTS_PER_SECOND = 1_000;
const COMMITS_PER_SECOND = 50;
const LOOK_INTERVAL_MS = 10;
const WARM_UP_EVENTS = 2_000;
const seconds = Number(process.argv[2] ?? 30);

const platform = await startPlatform({ report: quietReporter, dataDir: undefined });
const clickhouse = createClickHouse({ url: platform.endpoints.clickhouseUrl });
const postgres = new pg.Client({ connectionString: platform.endpoints.postgresUrl });
await postgres.connect();
try {
  await sendEvents(WARM_UP_EVENTS, () => undefined);
  await look('SELECT count() AS n FROM flights_departed', WARM_UP_EVENTS, () => undefined);
  const events = createFreshnessMeter();
  const commits = createFreshnessMeter();
  await Promise.all([measureEvents(events), measureCommits(commits)]);
  const row = (hop: string, meter: FreshnessMeter) => ({
    hop,
    'p50 ms': meter.percentile(0.5)?.toFixed(0),
    'p90 ms': meter.percentile(0.9)?.toFixed(0),
    'p99 ms': meter.percentile(0.99)?.toFixed(0),
    'max ms': meter.percentile(1)?.toFixed(0),
  });
  console.log(
    tableText([
      row(`HTTP 202 → SELECT, ${EVENTS_PER_SECOND}/s for ${seconds} s`, events),
      row(`COMMIT → SELECT, ${COMMITS_PER_SECOND}/s beside it`, commits),
    ]),
  );
  console.log('  peak RSS, MB:', JSON.stringify(platform.peakRssMb()));
} finally {
  await postgres.end();
  await clickhouse.close();
  await platform.stop();
}

async function measureEvents(meter: FreshnessMeter): Promise<void> {
  const total = EVENTS_PER_SECOND * seconds;
  await Promise.all([
    sendEvents(total, (records) => meter.accepted(records, performance.now())),
    look('SELECT count() AS n FROM flights_departed', WARM_UP_EVENTS + total, (visible, atMs) =>
      meter.seen(visible - WARM_UP_EVENTS, atMs),
    ),
  ]);
}

async function sendEvents(count: number, onAccepted: (records: number) => void): Promise<void> {
  await sendFlights({
    ingestUrl: platform.ingestUrl,
    flights: renumbered(count),
    batchRecords: 10,
    concurrentRequests: 8,
    eventsPerSecond: EVENTS_PER_SECOND,
    onAccepted,
  });
}

let flightNumber = 0;

/** Real flights under ids of their own, so that none repeats one sent before. */
async function* renumbered(count: number) {
  for await (const flight of readFlights(Math.max(count, 20_001))) {
    if (count-- === 0) return;
    flightNumber += 1;
    yield { ...flight, flight_id: `bench-${flightNumber}` };
  }
}

/** One-row updates that carry a running number; the n-th is visible once the highest number is n. */
async function measureCommits(meter: FreshnessMeter): Promise<void> {
  const total = COMMITS_PER_SECOND * seconds;
  const keys = await postgres.query<{ iata: string }>('SELECT iata FROM airports LIMIT 500');
  const startedMs = performance.now();
  const commitAll = async (): Promise<void> => {
    for (let number = 1; number <= total; number += 1) {
      const waitMs = startedMs + (number / COMMITS_PER_SECOND) * 1_000 - performance.now();
      if (waitMs > 0) await systemClock.sleep(waitMs);
      const key = keys.rows[number % keys.rows.length]?.iata;
      await postgres.query('UPDATE airports SET name = $1 WHERE iata = $2', [
        `probe ${number}`,
        key,
      ]);
      meter.accepted(1, performance.now());
    }
  };
  const newest = `SELECT max(toUInt32OrZero(extract(name, '^probe (\\\\d+)$'))) AS n FROM airports`;
  await Promise.all([commitAll(), look(newest, total, meter.seen)]);
}

/** Asks again and again until `n` reaches `until`. */
async function look(
  query: string,
  until: number,
  seen: (visible: number, atMs: number) => void,
): Promise<void> {
  for (;;) {
    const [row] = await clickhouse.query<{ n: string }>(query);
    const visible = Number(row?.n ?? 0);
    seen(visible, performance.now());
    if (visible >= until) return;
    await systemClock.sleep(LOOK_INTERVAL_MS);
  }
}
