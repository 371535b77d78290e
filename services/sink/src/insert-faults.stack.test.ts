/**
 * What can become of one insert, chosen insert by insert with a proxy between the real sink and the real ClickHouse: whatever the
 * sink is told or not told, the rows are there once, and what it repeats is the same bytes under the same token.
 */
import { compileWriter, frame } from '@millrace/avro';
import {
  createFlightsWorld,
  evictMembers,
  type FlightsWorld,
  flight,
  type HttpFault,
  type HttpFaultProxy,
  type SeenRequest,
  type ServiceProcess,
  stackUnderTest,
  startHttpFaultProxy,
  startService,
  type WorldOptions,
} from '@millrace/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

let world: FlightsWorld;
let proxy: HttpFaultProxy;
let sink: ServiceProcess;

const enter = async (options: WorldOptions = {}): Promise<void> => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1, ...options });
  proxy = await startHttpFaultProxy({ target: world.database.url });
};
const leave = async (): Promise<void> => {
  await sink?.stop();
  await proxy?.close();
  await world?.drop();
};
const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
  sink = await startService('sink', {
    ...world.env,
    MILLRACE_CLICKHOUSE_URL: proxy.url,
    ...env,
  });
};

const isInsert = ({ statement }: SeenRequest): boolean =>
  statement.startsWith(`INSERT INTO \`${world.contract.warehouse.table}\``);

/** What makes two inserts the same to ClickHouse. */
const identityOf = ({ url, body }: SeenRequest): string =>
  `${url.searchParams.get('insert_deduplication_token')} ${body.toString('base64')}`;

const landing = (rows: number) =>
  expect
    .poll(() => world.landed(), { interval: 50 })
    .toEqual({ rows, positions: rows, flights: rows });

const exception = (code: number, name: string) =>
  `Code: ${code}. DB::Exception: told so. (${name})`;
const page = '<html><body>Sign in</body></html>';
const refusal = (status: number, code: number, name: string) => ({
  ...{ status, body: exception(code, name) },
  headers: { 'x-clickhouse-exception-code': String(code), 'x-clickhouse-summary': '{}' },
});

/** Answers that an insert may have; one sink meets them all. */
const answers: readonly (readonly [string, HttpFault])[] = [
  ['is lost after the rows landed', { kind: 'lose-answer' }],
  ['does not come in time', { kind: 'hold-answer' }],
  [
    'is a 200 with the exception in its headers',
    { kind: 'replace-answer', answer: refusal(200, 241, 'MEMORY_LIMIT_EXCEEDED') },
  ],
  [
    'is a 200 with the exception behind it',
    { kind: 'replace-answer', answer: { status: 200, body: exception(159, 'TIMEOUT_EXCEEDED') } },
  ],
  ['is a 504 of a balancer', { kind: 'replace-answer', answer: { status: 504, body: page } }],
  ['is a login page with 200', { kind: 'answer', answer: { status: 200, body: page } }],
  ['is an empty 200 of something else', { kind: 'answer', answer: { status: 200 } }],
  [
    'is an empty 200 of something else, after the rows landed',
    { kind: 'replace-answer', answer: { status: 200 } },
  ],
];

describe('one insert', () => {
  let sent = 0;
  beforeAll(async () => {
    await enter();
    await start({ MILLRACE_SINK_INSERT_TIMEOUT: '1s' });
    await sink.ready();
  });
  afterAll(leave);

  test.each(answers)('whose answer %s is repeated and lands once (F4)', async (_name, fault) => {
    const { table } = world.contract.warehouse;
    const retries = async () =>
      (await sink.metric(`millrace_sink_insert_retries_total{table="${table}"}`)) ?? 0;
    const [retriedBefore, seenBefore] = [await retries(), proxy.seen.length];
    const own = () => proxy.seen.slice(seenBefore).filter(isInsert);
    const rule = proxy.rule(isInsert, fault, 2);
    await world.send(sent, 400);
    sent += 400;
    await landing(sent);
    await expect.poll(async () => (await retries()) - retriedBefore).toBeGreaterThanOrEqual(2);
    await expect.poll(() => own().length).toBeGreaterThanOrEqual(3);
    expect(rule.taken).toHaveLength(2);
    expect(new Set(own().map(identityOf)).size).toBe(1);
    await landing(sent);
    // its last repeat is over: it is none of the next case's inserts
    const place = `topic="${world.contract.topic.name}",partition="0"`;
    await expect.poll(() => sink.metric(`millrace_sink_lag_records{${place}}`)).toBe(0);
  });
});

describe('one table', () => {
  beforeEach(() => enter());
  afterEach(leave);

  test('an insert of which the server kept some table partitions and lost others is completed by its repeat (F9)', async () => {
    const { table } = world.contract.warehouse;
    proxy.rule(isInsert, { kind: 'lose-answer' });
    const repeat = proxy.rule(isInsert, { kind: 'hold-request' });
    await world.send(0, 400);
    await start();
    await expect.poll(() => repeat.taken.length).toBe(1);
    // What a server has that died between two parts of one insert: of a partition neither the rows nor the token.
    for (const month of ['200101', '200103']) {
      await world.database.execute(`ALTER TABLE ${table} DROP PARTITION ${month}`);
    }
    expect(await world.landed()).toMatchObject({ rows: 200 });
    repeat.release();
    await landing(400);
    expect(new Set(proxy.seen.filter(isInsert).map(identityOf)).size).toBe(1);
  });

  test('a server that has no room, no memory, no rights to write or no time is asked again with the same bytes (F19)', async () => {
    const storms: readonly (readonly [number, number, string])[] = [
      [500, 252, 'TOO_MANY_PARTS'],
      [500, 241, 'MEMORY_LIMIT_EXCEEDED'],
      [500, 242, 'TABLE_IS_READ_ONLY'],
      [500, 164, 'READONLY'],
      [500, 201, 'QUOTA_EXCEEDED'],
      [500, 243, 'NOT_ENOUGH_SPACE'],
      [500, 745, 'SERVER_OVERLOADED'],
    ];
    for (const storm of storms) proxy.rule(isInsert, { kind: 'answer', answer: refusal(...storm) });
    await world.send(0, 300);
    await start();
    const waiting = 'millrace_sink_waiting_partitions';
    await expect.poll(() => sink.metric(waiting)).toBe(1);
    // More comes while it waits: none of it may get into the batch that is being repeated.
    await world.send(300, 300);
    await landing(600);
    const sent = proxy.seen.filter(isInsert);
    expect(new Set(sent.slice(0, storms.length + 1).map(identityOf)).size).toBe(1);
    await expect.poll(() => sink.metric(waiting)).toBe(0);
  });

  test('a table with too many parts is waited for and goes on by itself when they are merged (F19)', async () => {
    const { table } = world.contract.warehouse;
    await start();
    await world.send(0, 200);
    await landing(200);
    await world.database.execute(`SYSTEM STOP MERGES ${table}`);
    await world.database.execute(
      `ALTER TABLE ${table} MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 1`,
    );
    await world.send(200, 200);
    await expect.poll(() => sink.metric('millrace_sink_waiting_partitions')).toBe(1);
    expect(sink.lines.join('\n')).toContain('TOO_MANY_PARTS');
    await world.database.execute(`ALTER TABLE ${table} RESET SETTING parts_to_throw_insert`);
    await world.database.execute(`SYSTEM START MERGES ${table}`);
    await landing(400);
  });

  test('a sink killed between finding the poison and landing the rest: one dead letter, the rest once, one token (F13)', async () => {
    await leave();
    await enter({
      edit: (file, text) =>
        file === 'departed.avsc'
          ? text.replace('"type": "string"', '"type": { "type": "string", "logicalType": "uuid" }')
          : text,
    });
    const write = compileWriter(world.contract.schemaText);
    const uuid = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const records = Array.from({ length: 500 }, (_, index) => {
      const flight_id = index === 123 || index === 124 ? `no uuid ${index}` : uuid(index);
      const value = frame(world.schemaId, write({ ...flight(index), flight_id }));
      return { key: null, value };
    });
    await world.producer.send([{ topic: world.contract.topic.name, partition: 0, records }]);
    const isSecond = (request: SeenRequest) =>
      isInsert(request) && proxy.seen.filter(isInsert).length === 2;
    const second = proxy.rule(isSecond, { kind: 'hold-request' });
    await start();
    await expect.poll(() => second.taken.length).toBe(1);
    sink.kill('SIGKILL');
    await sink.exited;
    await evictMembers(stackUnderTest().kafkaBrokers, world.group);
    await start();
    await landing(498);
    // The dead owner's request arrives at last.
    second.release();
    await expect.poll(() => second.answered()).toBe(1);
    await landing(498);
    const replayed = proxy.seen.filter(isInsert).slice(1).map(identityOf);
    expect(new Set(replayed).size).toBe(1);
    await expect.poll(async () => (await world.deadLetters()).length).toBe(2);
    const offsets = (await world.deadLetters()).map(({ headers }) =>
      headers['__connect.errors.offset']?.toString(),
    );
    expect(offsets).toEqual(['123', '124']);
  });
});
