/**
 * What the documentation says to type is typed. Getting started: from a clone to an event, a table and a transform, on servers
 * that the page itself starts. Every other page with blocks marked to be run: against the demo's platform with 20,000 flights, in a copy of
 * the example project, its commands in one shell. And every block of SQL is parsed by the server that it is for.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Platform,
  quietReporter,
  readFlights,
  sendFlights,
  startPlatform,
} from '@millrace/cli';
import { type ExpectedExit, type RunnablePage, runnablePages, sqlBlocks } from '@millrace/docs';
import { createProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { freePorts } from '@millrace/stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageScript, runScript } from './page-script.ts';
import { pageWorlds } from './page-worlds.ts';
import { parseByClickHouse, parseByPostgres } from './parse-sql.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const pages = runnablePages(root);
/** Pages that start their servers themselves. */
const alone = ['docs/getting-started.md', 'CONTRIBUTING.md'];
const others = pages.filter(({ path }) => !alone.includes(path));

/** A directory as after `npm install`: node_modules, and what is named of the repository. */
function workingDirectory(...copied: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-page-'));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const name of copied) cpSync(join(root, name), join(directory, name), { recursive: true });
  return directory;
}

const environment = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_'));
  return { ...Object.fromEntries(own), PATH: `${bin}${delimiter}${process.env['PATH']}`, ...more };
};

/** With nothing there; answers with its output. */
async function runAlone(path: string, directory: string): Promise<string> {
  const page = pages.find((each) => each.path === path)!;
  const ports = await freePorts(6);
  const names = ['19092', '18081', '15432', '18123', 'localhost:8080'];
  const replace = Object.fromEntries(names.map((name, index) => [name, String(ports[index])]));
  const ingest = String(ports[4]);
  const { code, output } = await runScript(
    pageScript(page, { ...replace, 'localhost:8080': `localhost:${ingest}` }, pageWorlds[path]),
    directory,
    environment({
      MILLRACE_INGEST_PORT: ingest,
      MILLRACE_STREAM_TRANSFORM_PORT: String(ports[5]),
      REPOSITORY: root,
    }),
  );
  expect(code, output).toBe(0);
  return output;
}

test('docs/getting-started.md leads where it says', async () => {
  const directory = workingDirectory();
  const output = await runAlone('docs/getting-started.md', directory);
  expect(output).toMatch(/\tParis\t2\t5000/);
  expect(output).toContain('equal, row by row');
  const compiler = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2024',
  ];
  const files = ['spending.ts', 'contracts.d.ts'].map((name) =>
    join(directory, 'millrace/my-project/transforms', name),
  );
  const flags = [
    ...compiler,
    '--allowImportingTsExtensions',
    '--preserveSymlinks',
    '--types',
    'node',
    ...files,
  ];
  execFileSync(join(bin, 'tsc'), flags, { cwd: directory, encoding: 'utf8' });
  rmSync(directory, { recursive: true });
});

test('CONTRIBUTING.md: tests find the servers that it says to keep running', async () => {
  const directory = workingDirectory();
  expect(await runAlone('CONTRIBUTING.md', directory)).toMatch(/Tests .*passed/);
  rmSync(directory, { recursive: true });
});

/** This deletes what a service holds, so it must not run; it is not started again. */
const stopped: Readonly<Record<string, string>> = {
  'docs/streams/changing-transforms.md': 'stream-transform',
};
/** What changes the platform for those after it: a contract is extended, a service is stopped, a source is ended. */
const last = [
  'docs/howto/rejected-events.md',
  'docs/streams/changing-transforms.md',
  'docs/howto/operate-cdc.md',
];
const rank = ({ path }: RunnablePage) => last.indexOf(path);
const inOrder = [...others].sort((one, other) => rank(one) - rank(other));

/** Bytes on the topic of departures that are no record: what the pages about dead letters look at. */
async function writeGarbage(kafkaBrokers: string): Promise<void> {
  const producer = createProducer({
    ...{ brokers: kafkaBrokers.split(','), clientId: 'pages', logger: silentLogger },
  });
  const records = [{ key: Buffer.from('x'), value: Buffer.from('no record'), headers: {} }];
  await producer.send([{ topic: 'events.flights.departed', partition: 0, records }]);
  await producer.close();
}

describe('against the demo’s platform', () => {
  let platform: Platform;

  beforeAll(async () => {
    platform = await startPlatform({ report: quietReporter, dataDir: undefined });
    await sendFlights({
      ingestUrl: platform.ingestUrl,
      flights: readFlights(20_000),
      batchRecords: 500,
      concurrentRequests: 2,
      onAccepted: () => undefined,
    });
    await writeGarbage(platform.endpoints.kafkaBrokers);
  });
  afterAll(() => platform?.stop());

  /** The example project, under version control. */
  function project(): string {
    const directory = workingDirectory('schemas', 'transforms', 'warehouse', 'sources');
    const commit =
      'git init -q && git add schemas && git -c user.name=a -c user.email=a@b.c commit -qm a';
    execFileSync('bash', ['-c', commit], { cwd: directory });
    return directory;
  }

  test.each(inOrder)('$path', async (page: RunnablePage) => {
    const { kafkaBrokers, registryUrl, clickhouseUrl, postgresUrl } = platform.endpoints;
    const service = platform.services.find(({ name }) => name === stopped[page.path]);
    await service?.stop();
    const directory = project();
    const [door, doorAdmin, quality, qualityAdmin] = await freePorts(4);
    const env = environment({
      MILLRACE_PROJECT: directory,
      MILLRACE_KAFKA_BROKERS: kafkaBrokers,
      MILLRACE_REGISTRY_URL: registryUrl,
      MILLRACE_CLICKHOUSE_URL: clickhouseUrl,
      MILLRACE_POSTGRES_URL: postgresUrl,
      MILLRACE_CDC_SOURCE: 'flights',
      MILLRACE_QUALITY_URL: platform.qualityUrl,
      MILLRACE_INGEST_URL: platform.ingestUrl,
      // Of the services that a page starts.
      MILLRACE_INGEST_PORT: String(door),
      MILLRACE_INGEST_ADMIN_PORT: String(doorAdmin),
      MILLRACE_QUALITY_PORT: String(quality),
      MILLRACE_QUALITY_ADMIN_PORT: String(qualityAdmin),
      // What its reader sees of those that run.
      STATE_URL: platform.stateUrl,
      REPOSITORY: root,
      CDC_PID: String(platform.services.find(({ name }) => name === 'cdc')?.pid),
    });
    const replace = { 'localhost:8080': new URL(platform.ingestUrl).host };
    const script = pageScript(page, replace, pageWorlds[page.path]);
    const { code, output } = await runScript(script, directory, env);
    expect(code, output).toBe(0);
    rmSync(directory, { recursive: true });
  });

  test.each(sqlBlocks(root))('$place is $server’s SQL', async ({ server, code }) => {
    const { clickhouseUrl, postgresUrl } = platform.endpoints;
    if (server === 'postgres') await parseByPostgres(postgresUrl, code);
    else await parseByClickHouse(clickhouseUrl, code);
  });

  test('SQL that neither server takes is found', async () => {
    const { clickhouseUrl, postgresUrl } = platform.endpoints;
    await expect(parseByClickHouse(clickhouseUrl, 'SELECT 1;\nSELEC 2')).rejects.toThrow(
      'Syntax error',
    );
    await expect(parseByPostgres(postgresUrl, 'select 1; alter sistem')).rejects.toThrow('sistem');
  });
});

test('a page that tells something wrong fails here, with the line of its block', async () => {
  const wrong: RunnablePage = {
    path: 'docs/wrong.md',
    steps: [{ kind: 'run', code: 'true\nmillrace stack upp\necho on\n', line: 7 }],
  };
  const { code, output } = await runScript(pageScript(wrong), root, environment({}));
  expect(code).toBe(2);
  expect(output).toMatch(/── line 7[\s\S]*unknown command 'upp'/);
  expect(output).not.toContain('on\n');
});

test('a command that is to run until it is stopped is found when it ends before, or not in order', async () => {
  const typed = (code: string, seen: string) =>
    runScript(
      pageScript(
        { path: 'docs/x.md', steps: [{ kind: 'run until stopped', code, line: 7 }] },
        {},
        { works: { [code]: seen } },
      ),
      root,
      environment({}),
    );
  expect(await typed('sleep 600', 'true')).toMatchObject({ code: 0 });
  expect(await typed('sleep 0', 'false')).toMatchObject({
    ...{ code: 1, output: expect.stringContaining('it ended by itself: sleep 0') },
  });
  const disorder = `npx node -e "process.on('SIGTERM', () => process.exit(3)); setTimeout(() => {}, 6e5); console.log('on')"`;
  expect(await typed(disorder, 'grep -q on "$log"')).toMatchObject({
    ...{ code: 1, output: expect.stringContaining('it ended with 3') },
  });
});

test('a command ends with the code that the mark of its block tells, and with no other', async () => {
  const ended = async (code: string, ...exits: readonly ExpectedExit[]) => {
    const steps = [{ kind: 'run', code: `${code}\necho on\n`, line: 7, exits }] as const;
    return runScript(pageScript({ path: 'docs/x.md', steps }), root, environment({}));
  };
  const one = { command: 'npx node', code: 1, why: 'it is told to' };
  const whereBad = { ...one, where: 'bad' };
  const good = { code: 0, output: expect.stringContaining('on\n') };
  const bad = (code: number, said: string) => ({ code, output: expect.stringContaining(said) });
  const failing = 'npx node -e "process.exitCode = 1"';
  expect(await ended(failing, one)).toMatchObject(good);
  expect(await ended(failing)).toMatchObject(bad(1, 'ended with 1, and the page says with 0: npx'));
  expect(await ended('npx node --version', one)).toMatchObject(bad(70, 'ended with 0, and the'));
  expect(await ended('true', one)).toMatchObject(bad(1, 'no command of the block begins so: npx'));
  expect(
    await ended(`npx node -e "console.log('bad'); process.exitCode = 1"`, whereBad),
  ).toMatchObject(good);
  expect(await ended('npx node -p \'"good"\'', whereBad)).toMatchObject(good);
  expect(await ended(failing, whereBad)).toMatchObject(bad(1, 'the page says with 0'));
  expect(await ended('npx node -p \'"bad"\'', whereBad)).toMatchObject(
    bad(70, 'the page says with 1'),
  );
});
