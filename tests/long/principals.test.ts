/**
 * The whole platform on a broker that refuses what no rule allows, each service and command as a principal of its own, with TLS everywhere:
 * no rule of `millrace access` is missing and none idle, nobody may do what is another one's, and no secret is told. What is typed for it is
 * what docs/howto/secure-the-platform.md says.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAclAdmin, createProducer, kafkaConnection, readPartition } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  pace,
  readCommitted,
  type ServiceProcess,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idleRules, readDecisions } from '../failures/authorizer-log.ts';
import { setScramUser } from '../failures/scram-user.ts';
import {
  giveRights,
  openSecurePlatform,
  type SecurePlatform,
  typedOnPage,
  userOf,
} from '../failures/secure-platform.ts';
import {
  certificateFile,
  kafkaPassword,
  registryUsers,
  type SecureStack,
  sessionMs,
  startSecureStack,
} from '../failures/secure-stack.ts';

let secure: SecureStack;
let directory: string;
const services: ServiceProcess[] = [];

let platform: SecurePlatform;
let database: ClickHouseDatabase;
let door: ServiceProcess;
let quality: ServiceProcess;
const told: string[] = [];
/** Each command is a process that loads the project; on a busy machine that takes half a minute. */
const commandsTimeoutMs = 600_000;

beforeAll(async () => {
  secure = await startSecureStack();
  directory = await mkdtemp(join(tmpdir(), 'millrace-secrets-'));
  database = await createClickHouseDatabase('secure', secure.stack.endpoints.clickhouseUrl);
  const clickhouse = new URL(secure.clickhouseUrl);
  clickhouse.pathname = database.name;
  platform = await openSecurePlatform(secure, directory, clickhouse.href);
  await giveRights(platform);
  const names = ['ingest', 'quality', 'cdc', 'stream-transform', 'sink'];
  services.push(...(await Promise.all(names.map(platform.start))));
  [door, quality] = services as [ServiceProcess, ServiceProcess];
  await Promise.all(services.map((service) => service.ready()));
}, commandsTimeoutMs);
afterAll(async () => {
  await platform?.source.end();
  // what they wait for is gone by now: each takes the whole time that it has for its end
  await Promise.all(services.map((service) => service.stop()));
  await secure?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
}, commandsTimeoutMs);

/** As a principal of the platform, with what its file holds now. */
const connectionAs = (service: string) =>
  kafkaConnection(
    {
      ...{ kafkaBrokers: [secure.brokers.SECURE], kafkaTls: true },
      ...{ kafkaCaFile: certificateFile('ca.crt'), kafkaSaslMechanism: 'scram-sha-512' },
      ...{ kafkaUsername: userOf(service), kafkaPasswordFile: join(directory, 'secrets', service) },
    },
    'tests',
    silentLogger,
  );
/** The code of the error, else `done`. */
const outcome = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
    return 'done';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const write = async (service: string, to: string) => {
  const producer = createProducer(connectionAs(service));
  const records = [{ key: null, value: Buffer.from('not his') }];
  const code = await outcome(() => producer.send([{ topic: to, partition: 0, records }]));
  await producer.close();
  return code;
};
const readAs = (service: string, from: string) =>
  outcome(async () => {
    const range = {
      topic: from,
      partition: 0,
      fromOffset: 0,
      isolation: 'read_committed',
    } as const;
    for await (const _ of readPartition(connectionAs(service), range)) return;
  });

/** What no step of the test comes to, with the reason. */
const elsewhere: readonly RegExp[] = [
  / Create topic /, // made before by `contracts apply`, or by whichever service came first
  / topic _millrace\.dead\.floods/, // there is no flood
  /redrive|refused-again/, // no letter is sent again
  / Delete /, // no transform begins anew
  /ingest may Read topic events/, // ids, after a restart
  /cdc may Read topic _millrace\.cdc\.positions/, // the position, after a restart
  /load may Read topic _millrace\.ingest\.positions/, // what an earlier load has done: below
  /quality may \w+ topic /, // in rounds of minutes, and when somebody looks
  /operator may /, // of its commands some
];
const isElsewhere = (rule: string): boolean => elsewhere.some((pattern) => pattern.test(rule));

const send = async (from: number, query: string) => {
  const events = Array.from({ length: 50 }, (_, index) => ({
    ...{ flight_id: `S${from + index}`, departed_at: '2001-01-07T09:28:00Z' },
    ...{ delay_minutes: 4, distance_miles: 349, origin: 'ABQ', destination: 'LAX' },
  }));
  const response = await fetch(`${door.url}/v1/events/flights/departed${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  return response.status;
};
const post = (from: number) => send(from, '?wait=queryable');
const counted = async () => {
  const [row] = await database.query<Record<string, number>>(
    `SELECT (SELECT toUInt32(count()) FROM flights_departed) AS flights,
       (SELECT toUInt32(count()) FROM airports) AS airports,
       (SELECT toUInt32(max(flights)) FROM flights_delays_by_airport) AS delays`,
  );
  return row;
};
const addAirport = (iata: string) =>
  platform.source.query("INSERT INTO airports VALUES ($1, 'x', 'x', 'x', 'x', 1, 2)", [iata]);

test('lands events, changes and what is made of them', async () => {
  expect(await post(0)).toBe(200);
  await addAirport('AAA');
  await expect.poll(counted).toEqual({ flights: 50, airports: 1, delays: 50 });
});

test('loads a file, and does what persons ask for', { timeout: commandsTimeoutMs }, async () => {
  const file = join(directory, 'one.csv');
  const columns = 'flight_id,departed_at,delay_minutes,distance_miles,origin,destination';
  await writeFile(file, `${columns}\nL1,2001-01-07T09:29:00Z,1,2,ABQ,LAX\n`);
  const commands = [
    ['load', 'load', file, '--to', 'flights.departed'],
    ['operator', 'cdc', 'status'],
    ['operator', 'ingest', 'keys', 'create', 'shop', '--scope', '*'],
    ['admin', ...typedOnPage('access kafka --check')],
  ] as const;
  for (const [service, ...words] of commands) {
    const { code, text } = await platform.run(service, ...words);
    told.push(text);
    expect([words.join(' '), code, code === 0 ? '' : text]).toEqual([words.join(' '), 0, '']);
  }
  expect(told.at(-1)).toContain('nothing besides');
  const silenced = await fetch(`${quality.url}/api/v1/silences`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'X', untilMs: Date.now() + 60_000, reason: 'a test' }),
  });
  expect(silenced.status).toBe(200);
  await expect.poll(counted).toEqual({ flights: 51, airports: 1, delays: 51 });
});

test('goes on through a change of passwords', async () => {
  for (const service of ['ingest', 'sink']) await platform.changePassword(service);
  // Beyond the life of every session, so that all are made with the new one.
  await pace(1.5 * sessionMs);
  await expect.poll(() => post(50)).toBe(200);
  await addAirport('BBB');
  await expect.poll(counted).toEqual({ flights: 101, airports: 2, delays: 101 });
});

test('has no rule too few and none that is idle', async () => {
  const poison = createProducer(connectionAs('admin'));
  const records = [{ key: null, value: Buffer.from('poison') }];
  await poison.send([{ topic: 'events.flights.departed', partition: 0, records }]);
  await poison.close();
  const letters = () => readCommitted(secure.stack.endpoints.kafkaBrokers, 'dead.sink');
  await expect.poll(async () => (await letters()).length).toBe(1);
  const { text } = await platform.run('admin', 'access', 'kafka', '--json');
  const { principals } = JSON.parse(text) as { principals: Parameters<typeof idleRules>[0] };
  const idle = async () =>
    idleRules(principals, await readDecisions(secure.stack.dataDir)).filter(
      (rule) => !isElsewhere(rule),
    );
  await expect.poll(idle).toEqual([]);
  const decisions = await readDecisions(secure.stack.dataDir);
  expect(decisions.filter(({ isAllowed }) => !isAllowed)).toEqual([]);
});

test('lets no principal do what is another one’s', async () => {
  const [flights, changes] = ['events.flights.departed', 'changes.flights.public.airports'];
  const strange = {
    ingest: [changes, 'derived.flights.delays_by_airport'],
    cdc: [flights, 'dead.sink'],
    'stream-transform': [flights, changes],
    sink: [flights, changes],
    quality: [flights, '_millrace.ingest.keys'],
    apply: [flights, changes],
    load: [changes, '_millrace.ingest.keys'],
    operator: [flights, changes],
  };
  const tried = Object.entries(strange).flatMap(([service, topics]) =>
    topics.map((one) => [service, 'write', one, write] as const),
  );
  const read = [
    ['ingest', 'read', changes, readAs],
    ['cdc', 'read', flights, readAs],
    ['apply', 'read', flights, readAs],
    ['load', 'read', flights, readAs],
  ] as const;
  // a topic that may not be looked at is as one that is not there
  for (const [service, how, one, attempt] of [...tried, ...read])
    expect([service, how, one, await attempt(service, one!)]).toEqual([
      ...[service, how, one],
      expect.stringMatching(/^kafka\.(not-authorised|unknown-topic)$/),
    ]);
});

test('a rule that is taken away is missed, by the check and by the service', {
  timeout: commandsTimeoutMs,
}, async () => {
  const acls = createAclAdmin(connectionAs('admin'));
  const principal = `User:${userOf('load')}`;
  const topic = {
    resource: 'topic',
    name: '_millrace.ingest.positions',
    pattern: 'literal',
  } as const;
  await acls.delete([{ ...{ principal, operation: 'Read' }, ...topic }]);
  await acls.create([{ ...{ principal, operation: 'Delete' }, ...topic }]);
  await acls.close();
  const { code, text } = await platform.run('admin', ...typedOnPage('access kafka --check'));
  expect([code, text]).toEqual([
    1,
    `missing: ${principal} may Read topic ${topic.name}\nsurplus: ${principal} may Delete topic ${topic.name}\n\n1 missing, 1 surplus\n`,
  ]);
  const file = join(directory, 'one.csv');
  const loaded = await platform.run('load', 'load', file, '--to', 'flights.departed');
  expect(loaded).toMatchObject({ code: 1, text: expect.stringMatching(/AUTHORI[SZ]/i) });
  const check = await platform.run('quality', 'access', 'postgres', '--check');
  expect(check).toEqual({
    code: 0,
    text: 'Both roles have what they need, and nothing besides.\n',
  });
});

/** What the quality service answers whoever looks at everything. */
const readAnswers = async (): Promise<readonly string[]> => {
  const ask = async (path: string) =>
    (await fetch(`${quality.url}${path}`, { signal: AbortSignal.timeout(20_000) })).text();
  const routes = JSON.parse(await ask('/api/v1/routes')) as readonly {
    readonly method: string;
    readonly path: string;
  }[];
  const paths = routes.flatMap(({ method, path }) =>
    method === 'GET' && path.startsWith('/api/v1/') && !/[:*]/.test(path) ? [path] : [],
  );
  expect(paths.length).toBeGreaterThan(5);
  // one that goes on telling ends with its time
  return Promise.all(paths.map((path) => ask(path).catch(() => '')));
};

/** Warnings and errors that a service has logged. */
const complaints = ({ lines }: ServiceProcess): number =>
  lines.filter((line) => /"level":"(warn|error)"/.test(line)).length;

test('tells no secret, nor while servers refuse it or are away', async () => {
  const audit = await readCommitted(secure.stack.endpoints.kafkaBrokers, '_millrace.quality.audit');
  told.push(...audit.map(({ value }) => String(value)), ...(await readAnswers()));
  const [, , cdc, , sink] = services as ServiceProcess[];
  const before = [cdc!, sink!].map(complaints);
  const broker = secure.stack.endpoints.kafkaBrokers;
  for (const service of ['stream-transform', 'quality'])
    await setScramUser(broker, userOf(service), 'nobody knows', 'scram-sha-512');
  await platform.source.query(`ALTER ROLE millrace_cdc PASSWORD 'nobody knows either'`);
  await platform.source.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'millrace_%'`,
  );
  await secure.stack.kill('clickhouse');
  await secure.stack.kill('registry');
  const complained = async () => {
    await send(200, '');
    return [cdc!, sink!].filter((service, index) => complaints(service) > before[index]!).length;
  };
  await expect.poll(complained, { interval: 500 }).toBe(2);
  // until all sessions at Kafka have ended
  await pace(1.5 * sessionMs);

  // one that was refused for good has ended
  const metrics = await Promise.all(
    services.map(({ adminUrl }) =>
      fetch(`${adminUrl}/metrics`).then(
        (answer) => answer.text(),
        () => '',
      ),
    ),
  );
  const all = [...told, ...metrics, ...services.flatMap(({ lines }) => lines)].join('\n');
  const secrets = [
    ...platform.secrets,
    ...[kafkaPassword, registryUsers.reader.password, registryUsers.writer.password],
  ];
  expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
});
