import { createClickHouse } from '@millrace/clickhouse';
import { createAdmin } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import type { AirportsDatabase } from './airports-database.ts';
import { analystQueries } from './analyst-queries.ts';
import { type AuditCheck, auditDimension, auditFacts } from './audit.ts';
import { auditDerived } from './audit-derived.ts';
import { readFlights } from './datasets.ts';
import { type Platform, startPlatform } from './platform.ts';
import { quietReporter, type Reporter, terminalReporter } from './reporter.ts';
import { type SentTotals, sendFlights } from './send-flights.ts';
import { type FlowSample, type FlowWatch, watchFlow } from './watch-flow.ts';

/** What the command line may ask of the demo. */
export interface DemoFlags {
  readonly once: boolean;
  readonly json: boolean;
  readonly rows: number;
  readonly rate?: number;
  readonly dataDir?: string;
}

/**
 * The demo, as a story: start everything, fill PostgreSQL, send flights while airports change, ask the
 * analyst's questions, audit. It uses only what a user has: HTTP, SQL and the topics.
 */
const DEFAULT_RATE = 2_500;
const SMALL_RUN_ROWS = 20_000;
const CATCH_UP_TIMEOUT_MS = 60_000;
const AUDIT_INTERVAL_MS = 200;
const FLIGHTS_TOPIC = 'events.flights.departed';

interface DemoSummary {
  readonly passed: boolean;
  readonly stackReadyMs: number;
  readonly firstRowMs: number | undefined;
  readonly sent: SentTotals;
  readonly queryableElapsedMs: number;
  readonly eventsPerSecond: number;
  readonly flow: FlowSample;
  readonly peakRssMb: Readonly<Record<string, number>>;
  readonly audit: readonly AuditCheck[];
}

/** Runs the demo; true when the audit holds. Stays until Ctrl-C unless told to run once. */
export async function runDemo(flags: DemoFlags): Promise<boolean> {
  const startedMs = performance.now();
  const report = flags.json ? quietReporter : terminalReporter(process.stdout);
  const platform = await startPlatform({ report, dataDir: flags.dataDir });
  try {
    const story = runStory({ flags, report, platform, startedMs });
    const summary = await Promise.race([story, platform.interrupted]);
    if (summary === undefined) return false; // Ctrl-C before the audit
    if (flags.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    if (!flags.once && !flags.json) {
      tellWhereToConnect(report, platform);
      await platform.interrupted;
      report.heading('Stopping');
    }
    return summary.passed;
  } finally {
    await platform.stop();
  }
}

interface Story {
  readonly flags: DemoFlags;
  readonly report: Reporter;
  readonly platform: Platform;
  readonly startedMs: number;
}

async function runStory(story: Story): Promise<DemoSummary> {
  const { platform, report } = story;
  const clickhouse = createClickHouse({ url: platform.endpoints.clickhouseUrl });
  const admin = createAdmin({
    brokers: platform.endpoints.kafkaBrokers.split(','),
    clientId: 'millrace-demo',
    logger: silentLogger,
  });
  const watch = watchFlow({
    clickhouse,
    admin,
    table: 'flights_departed',
    topic: FLIGHTS_TOPIC,
  });
  try {
    const flowing = await replayFlights(story, watch, platform.airports);
    const derived = await auditOnceTrue(() => auditDerived(clickhouse));
    report.heading('An analyst asks ClickHouse');
    for (const query of analystQueries) {
      const askedMs = performance.now();
      const rows = await clickhouse.query<Record<string, unknown>>(query.sql);
      report.table(query.title, rows, performance.now() - askedMs);
    }
    report.heading('Audit');
    const checks = [
      ...(await auditFacts(clickhouse, flowing.sent)),
      ...(await auditOnceTrue(() => auditDimension(clickhouse, platform.airports))),
      ...derived,
    ];
    report.audit(checks);
    return {
      passed: checks.every((check) => check.ok),
      stackReadyMs: platform.stackReadyMs,
      ...flowing,
      peakRssMb: platform.peakRssMb(),
      audit: checks,
    };
  } finally {
    await watch.stop();
    await admin.close();
    await clickhouse.close();
  }
}

type Flowing = Pick<
  DemoSummary,
  'firstRowMs' | 'sent' | 'queryableElapsedMs' | 'eventsPerSecond' | 'flow'
>;

async function replayFlights(
  { flags, report, platform, startedMs }: Story,
  watch: FlowWatch,
  airports: AirportsDatabase,
): Promise<Flowing> {
  const small = flags.rows <= SMALL_RUN_ROWS;
  const rate = flags.rate ?? (small ? DEFAULT_RATE : undefined);
  report.heading(
    `Replaying ${flags.rows.toLocaleString('en-US')} real flights over HTTP` +
      (rate === undefined
        ? ', as fast as the door takes them'
        : `, ${rate.toLocaleString('en-US')} a second`),
  );
  const flowStartMs = performance.now();
  let firstRowMs: number | undefined;
  const ticker = setInterval(() => {
    const sample = watch.sample();
    if (firstRowMs === undefined && sample.inClickHouse > 0) {
      firstRowMs = performance.now() - startedMs;
    }
    report.flow(sample);
  }, 100);
  try {
    const sending = sendFlights({
      ingestUrl: platform.ingestUrl,
      flights: readFlights(flags.rows),
      batchRecords: small ? 50 : 1_000,
      concurrentRequests: small ? 4 : 6,
      ...(rate === undefined ? {} : { eventsPerSecond: rate }),
      onAccepted: watch.accepted,
    });
    await Promise.all([sending, changeAirports(airports)]);
    const sent = await sending;
    await watch.caughtUp(sent.records, CATCH_UP_TIMEOUT_MS);
    const queryableElapsedMs = performance.now() - flowStartMs;
    const flow = watch.sample();
    report.flowDone(flow);
    const eventsPerSecond = Math.round(sent.records / (queryableElapsedMs / 1_000));
    report.line(
      `${sent.records.toLocaleString('en-US')} flights, HTTP to queryable, in ` +
        `${(queryableElapsedMs / 1_000).toFixed(1)} s: ${eventsPerSecond.toLocaleString('en-US')} a second; ` +
        `meanwhile airports were renamed, one was deleted`,
    );
    return { firstRowMs, sent, queryableElapsedMs, eventsPerSecond, flow };
  } finally {
    clearInterval(ticker);
  }
}

/** What happens in PostgreSQL while the flights flow. */
async function changeAirports(airports: AirportsDatabase): Promise<void> {
  await airports.renameAirportsOf('HI');
  await airports.updateOne('ORD', "Chicago O'Hare International (renamed by the demo)");
  await airports.deleteOne('00M');
}

/** What is derived takes a moment to arrive: the audit asks until it holds, or time is up. */
async function auditOnceTrue(audit: () => Promise<AuditCheck[]>): Promise<AuditCheck[]> {
  const deadlineMs = performance.now() + CATCH_UP_TIMEOUT_MS;
  for (;;) {
    const checks = await audit();
    if (checks.every((check) => check.ok) || performance.now() > deadlineMs) return checks;
    await systemClock.sleep(AUDIT_INTERVAL_MS);
  }
}

function tellWhereToConnect(report: Reporter, platform: Platform): void {
  const { kafkaBrokers, registryUrl, postgresUrl, clickhouseUrl } = platform.endpoints;
  const places: readonly (readonly [name: string, place: string])[] = [
    ['console', platform.qualityUrl],
    ['', `MILLRACE_QUALITY_URL=${platform.qualityUrl} npx millrace top`],
    ['HTTP door', platform.ingestUrl],
    ['ClickHouse', clickhouseUrl],
    ['PostgreSQL', postgresUrl],
    ['Kafka', kafkaBrokers],
    ['registry', registryUrl],
    ...platform.services.map(({ name, adminUrl }) => [name, `${adminUrl}/metrics`] as const),
  ];
  const width = Math.max(...places.map(([name]) => name.length));
  report.heading('Up until Ctrl-C. Connect to:');
  for (const [name, place] of places) report.line(`${name.padEnd(width)}  ${place}`);
}
