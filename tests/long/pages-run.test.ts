/**
 * What the documentation says to type is typed. Getting started: from nothing to an event, a table and a transform, on servers
 * that the page itself starts. Every other page with blocks marked to be run: against the demo's platform with 20,000 flights, in a copy of
 * the example project, its commands in one shell. About five minutes.
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
import { type RunnablePage, runnablePages } from '@millrace/docs';
import { freePorts } from '@millrace/stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageScript, runScript } from './page-script.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const pages = runnablePages(root);
const gettingStarted = pages.filter(({ path }) => path === 'docs/getting-started.md');
const others = pages.filter((page) => !gettingStarted.includes(page));

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

test.each(gettingStarted)('$path leads where it says', async (page) => {
  const ports = await freePorts(6);
  const names = ['19092', '18081', '15432', '18123', 'localhost:8080'];
  const replace = Object.fromEntries(names.map((name, index) => [name, String(ports[index])]));
  const directory = workingDirectory();
  const ingest = String(ports[4]);
  const { code, output } = await runScript(
    pageScript(page, { ...replace, 'localhost:8080': `localhost:${ingest}` }),
    directory,
    environment({ MILLRACE_INGEST_PORT: ingest, MILLRACE_STREAM_TRANSFORM_PORT: String(ports[5]) }),
  );
  expect(code, output).toBe(0);
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
    join(directory, 'my-project/transforms', name),
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

describe('against the demo’s platform', () => {
  let platform: Platform;
  let directory: string;
  let env: NodeJS.ProcessEnv;
  const copied = ['schemas', 'transforms', 'warehouse', 'sources'];

  beforeAll(async () => {
    platform = await startPlatform({ report: quietReporter, dataDir: undefined });
    await sendFlights({
      ingestUrl: platform.ingestUrl,
      flights: readFlights(20_000),
      batchRecords: 500,
      concurrentRequests: 2,
      onAccepted: () => undefined,
    });
    directory = workingDirectory(...copied);
    execFileSync(
      'bash',
      [
        '-c',
        'git init -q && git add schemas && git -c user.name=a -c user.email=a@b.c commit -qm a',
      ],
      { cwd: directory },
    );
    const { kafkaBrokers, registryUrl, clickhouseUrl, postgresUrl } = platform.endpoints;
    env = environment({
      MILLRACE_PROJECT: directory,
      MILLRACE_KAFKA_BROKERS: kafkaBrokers,
      MILLRACE_REGISTRY_URL: registryUrl,
      MILLRACE_CLICKHOUSE_URL: clickhouseUrl,
      MILLRACE_POSTGRES_URL: postgresUrl,
      MILLRACE_CDC_SOURCE: 'flights',
      MILLRACE_QUALITY_URL: platform.qualityUrl,
      MILLRACE_INGEST_URL: platform.ingestUrl,
      MILLRACE_INGEST_PORT: new URL(platform.ingestUrl).port,
    });
  });
  afterAll(async () => {
    await platform?.stop();
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });

  test.each(others)('$path', async (page: RunnablePage) => {
    const replace = { 'localhost:8080': new URL(platform.ingestUrl).host };
    const { code, output } = await runScript(pageScript(page, replace), directory, env);
    expect(code, output).toBe(0);
  });
});

test('a page that tells something wrong fails here, with the line of its block', async () => {
  const wrong: RunnablePage = {
    path: 'docs/wrong.md',
    steps: [{ kind: 'run', code: 'true\nmillrace stack upp\necho on\n', line: 7 }],
  };
  const { code, output } = await runScript(pageScript(wrong), root, environment({}));
  expect(code).toBe(2);
  expect(output).toMatch(/── line 7[\s\S]*too many arguments/);
  expect(output).not.toContain('on\n');
});
