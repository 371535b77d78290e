/** Events that the door refused, read beside the letters of the services, from the tables that the platform's contracts make. */
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { hasWarehouse, parseProject, planTables, platformFilesOf } from '@millrace/contracts';
import { openFloodLog } from '@millrace/dead-letters';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  stackUnderTest,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createConditionBoard } from '../conditions/condition-board.ts';
import { createQualityMetrics } from '../metrics.ts';
import type { LetterRow } from './letter-row.ts';
import { insertLetters, insertMarks, makeTables } from './letter-table.ts';
import { raiseDead } from './raise-dead.ts';
import { countLetters, countReasons, findLetters, listLetters } from './read-letters.ts';

let database: ClickHouseDatabase;
let clickhouse: ClickHouse;

beforeAll(async () => {
  database = await createClickHouseDatabase('letters', stackUnderTest().clickhouseUrl);
  clickhouse = createClickHouse({ url: database.url });
  const files = ['rejected_events', 'redriven_events'].flatMap((name) => platformFilesOf(name)!);
  const contracts = parseProject(files).contracts.filter(hasWarehouse);
  for (const { action } of planTables(contracts, [], clickhouse.database))
    await clickhouse.exec(action!.statement);
});
afterAll(async () => {
  await clickhouse?.close();
  await database?.drop();
});

test('what the door refused is listed and counted; what was sent again and taken is no longer waiting', async () => {
  const nowMs = Date.now();
  await database.execute(
    `INSERT INTO millrace_rejected_events_raw (rejection_id, stream, rejected_at, code, content_bytes, attempt) VALUES
       ('one', 'flights.departed', now() - INTERVAL 180 MINUTE, 'ingest.event-invalid', 7, 0),
       ('two', 'flights.departed', now() - INTERVAL 120 MINUTE, 'ingest.json-invalid', 9, 0)`,
  );
  await database.execute(
    `INSERT INTO millrace_redriven_events_raw (redrive_id, rejection_id, stream, redriven_at, outcome, redriven_by) VALUES
       ('r1', 'two', 'flights.departed', now() - INTERVAL 60 MINUTE, 'unsent', 'ada'),
       ('r2', 'two', 'flights.departed', now() - INTERVAL 30 MINUTE, 'accepted', 'ada')`,
  );
  const ids = async (state?: 'waiting' | 'redriven') => {
    const filter = { service: 'ingest', ...(state !== undefined && { state }) };
    const letters = await findLetters(clickhouse, { filter, order: 'newest', most: 10 });
    return letters.map(({ id }) => id).toSorted();
  };
  expect(await ids()).toEqual(['ingest:one', 'ingest:two']);
  expect(await ids('waiting')).toEqual(['ingest:one']);
  expect(await ids('redriven')).toEqual(['ingest:two']);
  const { reasons, total } = await countReasons(clickhouse, { state: 'waiting' }, nowMs);
  expect(total).toBe(1);
  expect(reasons).toMatchObject([
    { service: 'ingest', topic: 'events.flights.departed', code: 'ingest.event-invalid', count: 1 },
  ]);
});

const letter = (offset: number, atMs: number): LetterRow => ({
  ...{ at_ms: atMs, service: 'sink', topic_id: 'id', letter_partition: 0, letter_offset: offset },
  ...{ topic: 'events.a.b', partition: 0, offset, contract: 'a.b', stage: null, code: 'sink.x' },
  ...{
    message: `letter ${offset}`,
    key_text: null,
    value_bytes: 3,
    origin: `events.a.b/${offset}`,
    whole: null,
  },
});

test('letters of services come in pages beside those of the door: each once, also one that is indexed twice, many of one moment', async () => {
  await makeTables(clickhouse, 86_400_000);
  const nowMs = Date.now();
  // five of one moment, and two before it
  const times = [nowMs - 9_000, nowMs - 8_000, ...Array.from({ length: 5 }, () => nowMs - 5_000)];
  const rows = times.map((atMs, offset) => letter(offset, atMs));
  await insertLetters(clickhouse, rows);
  await insertLetters(clickhouse, rows.slice(1, 6));
  const mark = { service: 'sink', outcome: 'sent', code: '', message: '' } as const;
  const marks = [4, 6].map((offset) => ({
    ...{ ...mark, letter: `sink:0:${offset}`, origin: `events.a.b/${offset}` },
  }));
  await insertMarks(clickhouse, 'r1', 1, marks, nowMs);

  const walk = async (filter: Parameters<typeof listLetters>[1], most: number) => {
    const ids: string[] = [];
    let after: { atMs: number; id: string } | undefined;
    for (;;) {
      const page = await listLetters(clickhouse, filter, most, after);
      ids.push(...page.letters.map(({ id }) => id));
      if (page.next === null) return ids;
      const [atMs, id] = page.next.split('~');
      after = { atMs: Number(atMs), id: id! };
    }
  };
  const newestFirst = [6, 5, 4, 3, 2, 1, 0].map((offset) => `sink:0:${offset}`);
  for (const most of [2, 50])
    expect(await walk({}, most)).toEqual([...newestFirst, 'ingest:two', 'ingest:one']);
  expect(await walk({ state: 'waiting', service: 'sink' }, 2)).toEqual(
    [5, 3, 2, 1, 0].map((offset) => `sink:0:${offset}`),
  );
  expect(await walk({ state: 'redriven' }, 50)).toEqual(['sink:0:6', 'sink:0:4', 'ingest:two']);
  const named = {
    filter: {},
    ids: ['sink:0:4', 'sink:1:4', 'ingest:one'],
    order: 'oldest',
    most: 9,
  } as const;
  expect(await findLetters(clickhouse, named)).toMatchObject([
    { id: 'ingest:one', redrives: 0 },
    { id: 'sink:0:4', redrives: 1, redrivenAtMs: nowMs, message: 'letter 4' },
  ]);
  expect(await countLetters(clickhouse, {})).toBe(9);
  expect(await countReasons(clickhouse, { service: 'sink' }, nowMs)).toMatchObject({
    total: 7,
    reasons: [{ code: 'sink.x', count: 7, sample: expect.stringMatching(/^letter [2-6]$/) }],
  });
  expect(await countLetters(clickhouse, { state: 'waiting' }, named.ids)).toBe(1);
});

test('letters of the last hour are a warning by service and topic, a partition that waits in a flood is critical; both end', async () => {
  const floods = openFloodLog({
    brokers: stackUnderTest().kafkaBrokers.split(','),
    ...{ clientId: 'conditions', logger: silentLogger },
  });
  onTestFinished(() => floods.close());
  const clock = systemClock;
  const board = createConditionBoard(clock.nowMs);
  const metrics = createQualityMetrics(createMetrics('quality'));
  const watch = raiseDead({ board, clickhouse, clock, metrics }, floods);
  const topic = uniqueName('events');
  // the log of floods is one for all who share the cluster
  const round = async () => {
    await watch.round(new AbortController().signal);
    return board.open.filter(
      ({ name, subject }) => name !== 'DeadLetterFlood' || subject.includes(topic),
    );
  };
  const growing = { name: 'DeadLettersGrowing', severity: 'warning', subject: 'sink events.a.b' };
  const summary = '5 dead letters of sink events.a.b in the last hour (sink.x)';
  // what the door refused is the senders' matter
  await database.execute(
    `INSERT INTO millrace_rejected_events_raw (rejection_id, stream, rejected_at, code, content_bytes, attempt)
     VALUES ('three', 'flights.departed', now(), 'ingest.event-invalid', 7, 0)`,
  );
  expect(await round()).toMatchObject([{ ...growing, summary }]);

  const atMs = clock.nowMs();
  const place = { service: 'sink', topic, partition: 3 };
  await floods.wait({ ...place, sinceMs: 0, atMs, dead: 90, records: 100, code: 'sink.x' });
  expect(await round()).toMatchObject([
    growing,
    {
      ...{ name: 'DeadLetterFlood', severity: 'critical', subject: `sink ${topic}/3` },
      summary: `sink waits at ${topic}/3 since 1970-01-01T00:00:00.000Z: 90 of 100 records would be dead letters (sink.x)`,
    },
  ]);
  await floods.goOn(place);
  expect(await round()).toMatchObject([growing]);
  const marks = [0, 1, 2, 3, 5].map((offset) => ({
    ...({ service: 'sink', outcome: 'sent', code: '', message: '' } as const),
    ...{ letter: `sink:0:${offset}`, origin: `events.a.b/${offset}` },
  }));
  await insertMarks(clickhouse, 'r2', 1, marks, atMs);
  expect(await round()).toEqual([]);
});
