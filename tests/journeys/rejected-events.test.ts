/**
 * What the door refuses, to the end: kept with its bytes before the sender is answered, a row beside the good ones, and,
 * once the contract or the event is right, sent again and there once, however often the command is run and wherever it is killed.
 */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServiceProcess, startService } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { beginJourney, type Journey } from './journey-project.ts';

let journey: Journey;
let door: ServiceProcess;
let sink: ServiceProcess;

beforeAll(async () => {
  journey = await beginJourney(undefined, (text) =>
    text.replace('role: fact', 'role: fact\n        dedup: identity'),
  );
  await journey.millrace('contracts', 'apply');
  [door, sink] = await Promise.all([startDoor(), startService('sink', journey.env)]);
  await Promise.all([door.ready(), sink.ready()]);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([door?.stop(), sink?.stop()]);
  await journey?.end();
});

const startDoor = (settings: Record<string, string> = {}) =>
  startService('ingest', { ...journey.env, MILLRACE_INGEST_DRAIN: '50ms', ...settings });
const flight = (id: string) => ({
  flight_id: id,
  departed_at: '2001-01-07T09:28:00Z',
  ...{ delay_minutes: 4, distance_miles: 349, origin: 'ABQ', destination: 'LAX' },
});
const post = async (body: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${door.url}/v1/events/${journey.domain}/departed`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each asserted by its test.
  return { status: response.status, body: (await response.json()) as any };
};
/** The stack's topic of rejected events is everyone's; these are of this journey. */
const rejected = (columns: string, where = '1') =>
  journey.clickhouse.query<Record<string, unknown>>(
    `SELECT ${columns} FROM millrace_rejected_events
     WHERE stream = '${journey.domain}.departed' AND ${where} ORDER BY rejected_at, position`,
  );
const rejectedCount = async (where = '1') => {
  const found = await rejected('rejection_id', where);
  return found.length;
};
const command = (...args: string[]) => [
  ...['ingest', 'rejected', args[0]!, '--stream', `${journey.domain}.departed`, '--json'],
  ...args.slice(1),
];
const run = async (...args: string[]) =>
  JSON.parse(await journey.millrace(...command(...args))) as Record<string, unknown>;

test('bad events of a batch are kept with their exact bytes, and are rows beside the good ones', async () => {
  const noisy = '{"flight_id":"bad-1", "departed_at":9007199254740993.10, "gate": "A\\u00e9" }';
  const answer = await post(
    [
      JSON.stringify(flight('good-1')),
      noisy,
      '{"flight_id": ',
      JSON.stringify(flight('good-2')),
    ].join('\n'),
    { 'idempotency-key': 'night/7', 'ce-source': '/till/7' },
  );
  expect(answer).toMatchObject({
    status: 207,
    body: {
      accepted: 2,
      results: [
        { status: 'accepted' },
        { status: 'rejected', code: 'ingest.event-invalid', quarantined: true },
        { status: 'rejected', code: 'ingest.json-invalid', quarantined: true },
        {},
      ],
    },
  });
  expect(await post('{"a" 1', { 'content-type': 'application/json' })).toMatchObject({
    status: 400,
    body: { code: 'ingest.json-invalid', quarantined: true },
  });
  await expect.poll(() => rejectedCount()).toBe(3);
  expect(
    await rejected('code, position, event_id, event_source, media_type, content, is_cut, attempt'),
  ).toEqual([
    {
      ...{ code: 'ingest.event-invalid', position: 1, event_id: 'night/7/1', content: noisy },
      ...{ event_source: '/till/7', media_type: 'application/json', is_cut: false, attempt: 0 },
    },
    expect.objectContaining({ code: 'ingest.json-invalid', position: 2, content: '{"flight_id":' }),
    expect.objectContaining({ position: null, content: '{"a" 1', event_id: null }),
  ]);
  const [problems] = await rejected('problems', 'position = 1');
  expect(JSON.parse(String(problems?.['problems']))).toContainEqual(
    expect.objectContaining({ path: '/gate', rule: 'unknown-field' }),
  );
});

test('after the contract is extended they are sent again and land once, killed amid it and run anew', async () => {
  const early = Array.from({ length: 30 }, (_, no) => ({ ...flight(`early-${no}`), gate: 'B7' }));
  expect((await post(early.map((one) => JSON.stringify(one)).join('\n'))).status).toBe(422);
  await expect.poll(() => rejectedCount()).toBe(33);

  const avsc = join(journey.env['MILLRACE_PROJECT']!, 'schemas', journey.domain, 'departed.avsc');
  const record = JSON.parse(await readFile(avsc, 'utf8'));
  record.fields.push({ name: 'gate', type: ['null', 'string'], default: null, doc: 'Gate.' });
  await writeFile(avsc, JSON.stringify(record));
  const odcs = avsc.replace('.avsc', '.odcs.yaml');
  const text = await readFile(odcs, 'utf8');
  await writeFile(
    odcs,
    text.replace(
      '\nslaProperties:',
      '\n      - name: gate\n        logicalType: string\n        required: false\nslaProperties:',
    ),
  );
  await journey.millrace('contracts', 'apply');
  await door.stop();
  door = await startDoor();
  await door.ready();
  const redrive = ['redrive', '--code', 'ingest.event-invalid'];

  // Killed after the first of them were taken, perhaps before that was told.
  const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
  const env = { ...process.env, ...journey.env, MILLRACE_INGEST_URL: door.url };
  const killed = spawn(process.execPath, [main, ...command(...redrive, '--rate', '20')], { env });
  const taken = `millrace_ingest_accepted_events_total{topic="events.${journey.domain}.departed"}`;
  await expect.poll(() => door.metric(taken), { interval: 10 }).toBeGreaterThan(0);
  killed.kill('SIGKILL');

  vi.stubEnv('MILLRACE_INGEST_URL', door.url);
  // bad-1 is refused again, for more is wrong with it; so is what the killed run made of it, if it got so far.
  await expect(run(...redrive)).rejects.toMatchObject({
    stdout: expect.stringMatching(/"rejected": [12],/),
  });
  const early30 = { n: 30, ids: 30 };
  const landed = () =>
    journey.clickhouse.query(
      `SELECT toUInt32(count()) AS n, toUInt32(uniqExact(flight_id)) AS ids FROM ${journey.domain}_departed_raw WHERE gate = 'B7'`,
    );
  await expect.poll(landed).toEqual([early30]);

  // Everything told once more: the door knows each.
  const again = await run(
    ...redrive,
    '--again',
    '--attempts',
    '1',
    '--since',
    '1d',
    '--limit',
    '31',
  ).catch(({ stdout }: { stdout: string }) => JSON.parse(stdout) as Record<string, unknown>);
  expect(again).toMatchObject({ accepted: 0, duplicate: 30 });
  expect(await landed()).toEqual([early30]);
});

test('what was refused again is another rejection, with one attempt more, and repaired it is taken', async () => {
  await expect.poll(() => rejectedCount('attempt = 1')).not.toBe(0);
  const redrive = ['redrive', '--code', 'ingest.event-invalid', '--set', 'delay_minutes=4'];
  await expect
    .poll(async () => ((await run(...redrive, '--dry-run'))['ids'] as string[]).length)
    .toBeGreaterThan(0);
  const repair = ['distance_miles=3', 'origin=ABQ', 'destination=LAX', 'departed_at=0'];
  const counts = await run(...redrive, ...repair.flatMap((field) => ['--set', field]));
  expect(counts).toMatchObject({ accepted: 1, rejected: 0 });
  const { summary } = (await run('list')) as { summary: { code: string; open: number }[] };
  await expect
    .poll(async () => (await run('list'))['summary'])
    .toContainEqual(expect.objectContaining({ code: 'ingest.event-invalid', open: 0 }));
  expect(summary.find(({ code }) => code === 'ingest.json-invalid')?.open).toBe(2);
});

test('a row that a load rejects is found with file and line, and repaired it is taken', async () => {
  const file = join(journey.env['MILLRACE_PROJECT']!, 'flights.csv');
  const columns = Object.keys(flight('')).join();
  const [good, bad] = [flight('row-1'), { ...flight('row-2'), delay_minutes: 'late' }];
  await writeFile(
    file,
    `${[columns, ...[good, bad].map((row) => Object.values(row).join())].join('\n')}\n`,
  );
  const loaded = await journey.millrace(
    'load',
    file,
    '--to',
    `${journey.domain}.departed`,
    '--json',
  );
  expect(JSON.parse(loaded)).toMatchObject({ accepted: 1, rejected: 1 });
  await expect.poll(() => rejectedCount('pull_source IS NOT NULL')).toBe(1);
  const [row] = await rejected('rejection_id', 'pull_source IS NOT NULL');
  const id = String(row?.['rejection_id']);
  const shown = JSON.parse(await journey.millrace('ingest', 'rejected', 'show', id, '--json'));
  expect(shown).toMatchObject({
    part: file,
    row: 2,
    line: 3,
    message: expect.stringMatching(/late/),
  });
  expect(JSON.parse(Buffer.from(shown.contentBase64, 'base64').toString())).toEqual(bad);
  const counts = await run('redrive', '--code', 'ingest.event-invalid', '--set', 'delay_minutes=7');
  expect(counts).toMatchObject({ accepted: 1, rejected: 0 });
  const landed = `SELECT flight_id FROM ${journey.domain}_departed WHERE flight_id LIKE 'row-%' ORDER BY 1`;
  await expect
    .poll(() => journey.clickhouse.query(landed))
    .toEqual([{ flight_id: 'row-1' }, { flight_id: 'row-2' }]);
});

test('a sender of nothing but garbage gets its share, and is told what was not kept', async () => {
  await door.stop();
  door = await startDoor({ MILLRACE_INGEST_QUARANTINE_RATE: '200' });
  await door.ready();
  const { body } = await post('{}\n'.repeat(20));
  const kept = body.results.map((result: { quarantined: boolean }) => result.quarantined);
  expect(new Set(kept)).toEqual(new Set([true, false]));
  const lost = `millrace_ingest_quarantine_lost_events_total{topic="events.${journey.domain}.departed",reason="rate"}`;
  expect(await door.metric(lost)).toBe(kept.filter((one: boolean) => !one).length);
});

test('an event that is on the topic twice is two rows of the table, one of the view, and right for verify', async () => {
  await door.stop();
  // The smallest window there is.
  door = await startDoor({ MILLRACE_INGEST_WINDOW_EVENTS: '1000' });
  await door.ready();
  const twice = flight('twice');
  const others = Array.from({ length: 1000 }, (_, no) => flight(`other-${no}`));
  const all = [twice, ...others].map((one) => JSON.stringify(one)).join('\n');
  expect((await post(all)).body).toEqual({ accepted: 1001 });
  expect((await post(JSON.stringify(twice))).body).toEqual({ accepted: 1 });
  const seen = async () => {
    const [rows] = await journey.clickhouse.query(
      `SELECT toUInt32(count()) AS raw, (SELECT toUInt32(count()) FROM ${journey.domain}_departed WHERE flight_id = 'twice') AS view
       FROM ${journey.domain}_departed_raw WHERE flight_id = 'twice'`,
    );
    return rows;
  };
  await expect.poll(seen).toEqual({ raw: 2, view: 1 });
  await journey.millrace('verify', `${journey.domain}.departed`);
  // The view is as the contract has it: nothing is left to apply.
  expect(await journey.millrace('contracts', 'plan')).toMatch(/^Nothing to do/);
});
