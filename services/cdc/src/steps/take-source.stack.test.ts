import {
  auditVersions,
  type FaultProxy,
  type ServiceProcess,
  startFaultProxy,
  startVersionedWriter,
  type VersionedWriter,
  versionedRows,
  versionedTableDdl,
} from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

const PATIENCE = { timeout: 60_000, interval: 50 } as const;
const SILENCE_MS = 3000;
/**
 * Beside the silence: a look at the lock, fencing, reading the position, starting the stream, on a machine that is busy
 * with much else. Without the silence timeout the source would be held for as long as the first one is silent.
 */
const BESIDE_MS = 50_000;

let cdc: CdcUnderTest;
let proxy: FaultProxy | undefined;
let writer: VersionedWriter | undefined;
afterEach(async () => {
  await writer?.stop();
  await cdc.close();
  await proxy?.close();
  [proxy, writer] = [undefined, undefined];
});

const waits = async (service: ServiceProcess, since = 0): Promise<void> => {
  await expect
    .poll(
      () => service.lines.slice(since).some((line) => line.includes('waiting for the source')),
      PATIENCE,
    )
    .toBe(true);
};

test('a second instance waits, and takes over when the first is gone', async () => {
  cdc = await createCdcUnderTest('cdc_two');
  await cdc.database.query('create table t (id int primary key)');
  const first = await cdc.start();
  await first.ready();
  const second = await cdc.start();
  await waits(second);
  await cdc.database.query('insert into t values (1)');
  await cdc.caughtUp();
  expect((await first.stop()).code).toBe(0);
  await second.ready();
  await cdc.database.query('insert into t values (2)');
  await cdc.caughtUp();
  const ids = (await cdc.changes('t')).map(({ value }) => value?.after?.['id']);
  expect(ids).toEqual([1, 2]);
});

/** The first is silent from `silence` to `heal`; the second must have the source meanwhile. */
const expectTakeOver = async (silence: (first: ServiceProcess) => void, heal: () => void) => {
  await cdc.database.query(versionedTableDdl('t'));
  writer = startVersionedWriter(cdc.database.connect, 't', 5);
  const settings = { MILLRACE_CDC_SILENCE_TIMEOUT: `${SILENCE_MS}ms` };
  const first = await cdc.start({
    ...settings,
    ...(proxy === undefined ? {} : { MILLRACE_POSTGRES_URL: proxy.url }),
  });
  await first.ready();
  const second = await cdc.start(settings);
  await waits(second);
  // Rows of a snapshot that is cut off are told beside the stream, after changes to them: it must be over.
  const streams = async () => (await cdc.changes('t')).some(({ value }) => value?.op === 'u');
  await expect.poll(streams, PATIENCE).toBe(true);
  const before = writer.commits;
  await expect.poll(() => writer?.commits, PATIENCE).toBeGreaterThan(before + 50);

  silence(first);
  const silentMs = performance.now();
  await second.ready();
  const takeOverMs = performance.now() - silentMs;
  console.log(`take-over after ${Math.round(takeOverMs)} ms, silence timeout ${SILENCE_MS} ms`);
  expect(takeOverMs).toBeLessThan(SILENCE_MS + BESIDE_MS);

  const told = first.lines.length;
  heal();
  await waits(first, told);
  await writer.stop();
  await cdc.caughtUp();
  const audit = auditVersions(await cdc.changes('t'));
  expect(audit.problems).toEqual([]);
  expect(audit.rows).toEqual(await versionedRows(await cdc.database.connect(), 't'));
  // and back again
  expect((await second.stop()).code).toBe(0);
  await first.ready();
};

test('an instance that is frozen loses the source in bounded time; continued, it writes nothing and waits', async () => {
  cdc = await createCdcUnderTest('cdc_frozen');
  let frozen: ServiceProcess | undefined;
  await expectTakeOver(
    (first) => {
      frozen = first;
      first.kill('SIGSTOP');
    },
    () => frozen?.kill('SIGCONT'),
  );
});

test('an instance whose host is cut off without a word loses the source in bounded time', async () => {
  cdc = await createCdcUnderTest('cdc_cutoff');
  proxy = await startFaultProxy({ target: cdc.database.url });
  await expectTakeOver(
    () => proxy?.stall(),
    () => proxy?.restore(),
  );
});
