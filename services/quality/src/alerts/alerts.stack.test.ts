/** Alerts over a real Kafka, ClickHouse, SMTP server and HTTP receivers, some of which fail or hang; and through a restart. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createRegistryClient } from '@millrace/avro';
import { createClickHouse } from '@millrace/clickhouse';
import { createAdmin, type KafkaConnection } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  stackUnderTest,
  uniqueName,
} from '@millrace/testkit';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Condition, createConditionBoard } from '../conditions/condition-board.ts';
import { createHistory } from '../history/history.ts';
import { createQualityMetrics } from '../metrics.ts';
import { createQualityOutputs } from '../outputs.ts';
import type { PartContext } from '../part.ts';
import { createAlertsPart } from './alerts-part.ts';

let database: ClickHouseDatabase;
let directory: string;
const topic = uniqueName('_millrace.quality.alerts');
const cleanUps: (() => unknown)[] = [];

beforeAll(async () => {
  database = await createClickHouseDatabase('alerts');
  directory = await mkdtemp(join(tmpdir(), 'millrace-alerts-'));
});
afterAll(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  await rm(directory, { recursive: true, force: true });
  await database?.drop();
});

interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers with these statuses in turn, the last one for good; `hang` never answers. */
const receiver = async (...statuses: readonly (number | 'hang')[]) => {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    received.push({
      ...{ path: request.url ?? '', headers: request.headers },
      body: await text(request),
    });
    const status = statuses[Math.min(received.length, statuses.length) - 1] ?? 200;
    if (status !== 'hang') response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
};

const mailServer = async () => {
  const mails: string[] = [];
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS'] },
    onData: async (stream, _session, done) => {
      mails.push(await text(stream));
      done();
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  cleanUps.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, mails };
};

const open = async (notificationsFile: string) => {
  const { kafkaBrokers, registryUrl } = stackUnderTest();
  const logger = silentLogger;
  const connection: KafkaConnection = {
    ...{ brokers: kafkaBrokers.split(','), clientId: 'alerts-test', logger },
  };
  const admin = createAdmin(connection);
  const registry = createRegistryClient({ url: registryUrl });
  const meters = createMetrics('quality');
  const metrics = createQualityMetrics(meters);
  const clickhouse = createClickHouse({ url: database.url });
  const history = createHistory({ clickhouse, retentionMs: 1e12, metrics, logger });
  const outputs = createQualityOutputs({ connection, admin, registry });
  const board = createConditionBoard(systemClock.nowMs);
  const stopping = new AbortController();
  const { signal } = stopping;
  const context = {
    ...{ connection, admin, registry, clickhouse, history, outputs, board, metrics, meters },
    ...{ clock: systemClock, logger, signal },
    config: { notificationsFile, alertsTopic: topic, host: '127.0.0.1', port: 8090 },
  } as unknown as PartContext;
  const part = await createAlertsPart(context);
  const round = () => part.watches![0]!.round(signal);
  const close = async () => {
    stopping.abort();
    await part.close?.();
    await history.close();
    await outputs.close();
    await clickhouse.close();
    await admin.close();
  };
  return { board, round, close, history, signal, meters };
};

const lag: Condition = {
  ...{ key: 'lag:sink', name: 'ConsumerLag', subject: 'millrace.sink' },
  severity: 'warning',
  ...{ contract: 'flights.departed', summary: '42 s behind' },
};

type Receiver = Awaited<ReturnType<typeof receiver>>;

const writeRoutes = async (
  to: {
    readonly [name in 'hook' | 'hanging' | 'slack' | 'manager']: Receiver;
  } & { readonly mail: { readonly port: number } },
): Promise<string> => {
  const { hook, hanging, slack, manager, mail } = to;
  const file = join(directory, 'notifications.yaml');
  await writeFile(
    file,
    `channels:
  hook: { kind: webhook, url: "${hook.url}/in", secret: "s3cret" }
  hanging: { kind: webhook, url: "${hanging.url}" }
  chat: { kind: slack, url: "${slack.url}" }
  manager: { kind: alertmanager, url: "${manager.url}" }
  mail: { kind: email, smtp: "smtp://127.0.0.1:${mail.port}", from: a@x.test, to: [b@x.test] }
  others: { kind: slack, url: "${slack.url}/others" }
routes:
  - { to: hook }
  - { to: hanging }
  - { to: chat, severity: warning }
  - { to: manager }
  - { to: mail, domain: flights }
  - { to: others, severity: critical }
  - { to: others, domain: other }
defaults: { pending: 0s, hold: 0s }
`,
  );
  return file;
};

test('each channel is told in its own way, also beside one that hangs; a receiver that failed gets it again; a restart tells nobody anew', async () => {
  const [hook, hanging, slack, manager, mail] = await Promise.all([
    receiver(500, 503, 200),
    receiver('hang'),
    receiver(200),
    receiver(200),
    mailServer(),
  ]);
  const file = await writeRoutes({ hook, hanging, slack, manager, mail });
  const first = await open(file);
  first.board.raise(lag);
  await first.round();
  await expect.poll(() => hook.received.length).toBe(3);
  await expect.poll(() => mail.mails.length).toBe(1);
  await expect.poll(() => slack.received.length).toBe(1);

  const { headers, body } = hook.received[2]!;
  const signed = `${headers['x-millrace-timestamp']}.${body}`;
  const expected = createHmac('sha256', 's3cret').update(signed).digest('hex');
  expect(headers['x-millrace-signature']).toBe(`sha256=${expected}`);
  expect(new Set(hook.received.map((one) => one.headers['x-millrace-delivery'])).size).toBe(1);
  expect(JSON.parse(body)).toMatchObject({
    alerts: [{ change: 'fired', name: 'ConsumerLag', subject: 'millrace.sink' }],
  });
  expect(slack.received.map(({ path }) => path)).toEqual(['/']);
  expect(JSON.parse(slack.received[0]!.body).text).toContain('*ConsumerLag* millrace.sink');
  expect(mail.mails[0]).toContain('Subject: [warning] ConsumerLag: millrace.sink');
  await expect.poll(() => manager.received.length).toBeGreaterThan(0);
  const open_ = manager.received.find((one) => one.body.includes('ConsumerLag'))!;
  expect(open_.path).toBe('/api/v2/alerts');
  expect(JSON.parse(open_.body)).toMatchObject([
    { labels: { alertname: 'ConsumerLag', severity: 'warning', contract: 'flights.departed' } },
  ]);
  await first.close();

  // The one that hangs was not told, so the alert is due again after the start: at least once, to all.
  const told = slack.received.length;
  const second = await open(file);
  second.board.raise({ ...lag, summary: '60 s behind' });
  await second.round();
  await expect.poll(() => slack.received.length).toBe(told + 1);
  second.board.clear('lag:sink');
  await second.round();
  await expect.poll(() => slack.received.at(-1)?.body ?? '').toContain('white_check_mark');
  await second.history.watch.round(second.signal);
  const rows = await database.query<{ change: string }>(
    'SELECT change FROM millrace_alerts ORDER BY at',
  );
  expect(rows.map(({ change }) => change)).toEqual(['fired', 'ended']);
  await second.close();
});

test('what all channels were told is not told again after a restart', async () => {
  const slack = await receiver(200);
  const file = join(directory, 'slack.yaml');
  await writeFile(
    file,
    `channels: { chat: { kind: slack, url: "${slack.url}" } }
routes: [{ to: chat }]
defaults: { pending: 0s, hold: 0s }
`,
  );
  const first = await open(file);
  first.board.raise({ ...lag, key: 'lag:cdc', subject: 'cdc' });
  await first.round();
  await expect.poll(() => slack.received.length).toBe(1);
  // told, and that is kept: from now on it is not due
  await expect
    .poll(async () => {
      await first.round();
      return (await first.meters.render()).includes('channel="chat",outcome="delivered"} 1');
    })
    .toBe(true);
  await first.close();
  const second = await open(file);
  second.board.raise({ ...lag, key: 'lag:cdc', subject: 'cdc' });
  second.board.raise({ ...lag, key: 'lag:new', subject: 'new' });
  await second.round();
  await expect.poll(() => slack.received.length).toBe(2);
  expect(slack.received[1]!.body).toContain('new');
  expect(slack.received[1]!.body).not.toContain('cdc');
  await second.close();
});

test('a file that is wrong is refused at the start, and no message repeats a secret', async () => {
  const file = join(directory, 'wrong.yaml');
  await writeFile(file, 'channels: { chat: { kind: slack, url: "s3cret" } }');
  const error = await open(file).catch((thrown: unknown) => thrown as Error & { code: string });
  expect(error).toMatchObject({ code: 'config.notifications-invalid' });
  expect((error as Error).message).not.toContain('s3cret');
});
