/**
 * Freshness at a steady 1,000 events/s and 50 commits/s, each alone and both at once: from the door's 202,
 * and from PostgreSQL's COMMIT, until a SELECT shows it. Everything runs on this machine, the load generator and the polling included.
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
/** Looks cost ClickHouse time, too: more of them would measure themselves. */
const LOOK_INTERVAL_MS = 25;
const WARM_UP_EVENTS = 2_000;
const seconds = Number(process.argv[2] ?? 20);
let flightNumber = 0;
let commitNumber = 0;

const platform = await startPlatform({ report: quietReporter, dataDir: undefined });
const clickhouse = createClickHouse({ url: platform.endpoints.clickhouseUrl });
const postgres = new pg.Client({ connectionString: platform.endpoints.postgresUrl });
await postgres.connect();
try {
  await sendEvents(WARM_UP_EVENTS, () => undefined);
  await look('SELECT count() AS n FROM flights_departed', WARM_UP_EVENTS, () => undefined);
  const meters = Array.from({ length: 4 }, createFreshnessMeter) as [
    FreshnessMeter,
    FreshnessMeter,
    FreshnessMeter,
    FreshnessMeter,
  ];
  const [eventsAlone, commitsAlone, events, commits] = meters;
  await measureEvents(eventsAlone);
  await measureCommits(commitsAlone);
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
      row(`HTTP 202 → SELECT, ${EVENTS_PER_SECOND}/s`, eventsAlone),
      row(`COMMIT → SELECT, ${COMMITS_PER_SECOND}/s`, commitsAlone),
      row('HTTP 202 → SELECT, both at once', events),
      row('COMMIT → SELECT, both at once', commits),
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
  const before = flightNumber;
  await Promise.all([
    sendEvents(total, (records) => meter.accepted(records, performance.now())),
    look('SELECT count() AS n FROM flights_departed', before + total, (visible, atMs) =>
      meter.seen(visible - before, atMs),
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

/** Real flights over and over, under ids of their own, so that none repeats one sent before. */
async function* renumbered(count: number) {
  for (let left = count; left > 0; ) {
    for await (const flight of readFlights(Math.min(left, 20_000))) {
      flightNumber += 1;
      left -= 1;
      yield { ...flight, flight_id: `bench-${flightNumber}` };
    }
  }
}

/** One-row updates that carry a running number; the n-th is visible once the highest number is n. */
async function measureCommits(meter: FreshnessMeter): Promise<void> {
  const total = COMMITS_PER_SECOND * seconds;
  const before = commitNumber;
  const keys = await postgres.query<{ iata: string }>('SELECT iata FROM airports LIMIT 500');
  const startedMs = performance.now();
  const commitAll = async (): Promise<void> => {
    for (let number = 1; number <= total; number += 1) {
      const waitMs = startedMs + (number / COMMITS_PER_SECOND) * 1_000 - performance.now();
      if (waitMs > 0) await systemClock.sleep(waitMs);
      const key = keys.rows[number % keys.rows.length]?.iata;
      await postgres.query('UPDATE airports SET name = $1 WHERE iata = $2', [
        `probe ${before + number}`,
        key,
      ]);
      meter.accepted(1, performance.now());
    }
    commitNumber += total;
  };
  const newest = `SELECT max(toUInt32OrZero(extract(name, '^probe (\\\\d+)$'))) AS n FROM airports`;
  await Promise.all([
    commitAll(),
    look(newest, before + total, (visible, atMs) => meter.seen(visible - before, atMs)),
  ]);
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
