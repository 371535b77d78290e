/** The life of embedded stacks, on stacks of their own: what the shared one of the test run must not be put through. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  createPostgresDatabase,
  type PostgresDatabase,
} from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive, type ProcessIdentity } from './embedded/process-identity.ts';
import { type RunningStack, type StackEndpoints, stackParts } from './stack.ts';
import { readState, runningState } from './stack-state.ts';
import { startStack } from './start-stack.ts';

interface Parent {
  readonly pid: number;
  readonly dataDir: string;
  readonly endpoints: StackEndpoints;
}

/** A process of its own that holds a stack, as an application or `millrace stack up` does. */
async function startParent(dataDir: string | undefined): Promise<Parent> {
  const index = JSON.stringify(new URL('./index.ts', import.meta.url).href);
  const program = `import { startStack } from ${index};
    const stack = await startStack(${JSON.stringify({ backend: 'embedded', dataDir })});
    console.log(JSON.stringify({ dataDir: stack.dataDir, endpoints: stack.endpoints }));`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(parent.stdout))
    return { ...(JSON.parse(line) as Omit<Parent, 'pid'>), pid: parent.pid ?? 0 };
  throw new Error('the parent ended before its stack was ready');
}

function partsOf(dataDir: string): ProcessIdentity[] {
  const parts: ProcessIdentity[] = Object.values(readState(dataDir)?.parts ?? {});
  expect(parts.length).toBe(4);
  return parts;
}

async function registerSubject(registryUrl: string, subject: string): Promise<number> {
  const response = await fetch(`${registryUrl}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ schema: '{"type":"string"}' }),
  });
  return response.status;
}

const subjects = async (registryUrl: string) =>
  (await (await fetch(`${registryUrl}/subjects`)).json()) as string[];

let folder: string;
let dataDir: string;
let kept: Parent;
let temporary: Parent;
let postgres: PostgresDatabase;
let clickhouse: ClickHouseDatabase;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'life-cycle-test-'));
  dataDir = join(folder, 'data');
  [kept, temporary] = await Promise.all([startParent(dataDir), startParent(undefined)]);
  postgres = await createPostgresDatabase('life', kept.endpoints.postgresUrl);
  clickhouse = await createClickHouseDatabase('life', kept.endpoints.clickhouseUrl);
});

afterAll(() => {
  for (const { pid } of [kept, temporary]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // the tests have ended it
    }
  }
  rmSync(temporary.dataDir, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

/** Reads back what the first test wrote. */
async function expectDataToBeThere(endpoints: StackEndpoints): Promise<void> {
  const scratch = await createPostgresDatabase('scratch', endpoints.postgresUrl);
  const databases = await scratch.query('select 1 from pg_database where datname = $1', [
    postgres.name,
  ]);
  expect(databases.rowCount).toBe(1);
  await scratch.drop();
  const own = await createClickHouseDatabase('scratch', endpoints.clickhouseUrl);
  expect(await own.query(`SELECT sum(id) AS total FROM ${clickhouse.name}.t`)).toEqual([
    { total: 3 },
  ]);
  await own.drop();
  expect(await subjects(endpoints.registryUrl)).toContain('life-value');
}

describe('two stacks side by side', () => {
  test('keep to themselves what they are given', async () => {
    await postgres.query('create table t (id int primary key)');
    await clickhouse.execute('CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id');
    await clickhouse.execute('INSERT INTO t VALUES (1), (2)');
    expect(await registerSubject(kept.endpoints.registryUrl, 'life-value')).toBe(200);
    expect(await subjects(kept.endpoints.registryUrl)).toEqual(['life-value']);
    expect(await subjects(temporary.endpoints.registryUrl)).toEqual([]);
  });

  test('refuse a second start in a data directory that is in use', async () => {
    await expect(startStack({ backend: 'embedded', dataDir })).rejects.toMatchObject({
      code: 'stack.data-dir-in-use',
      message: `${dataDir} is in use by the stack of process ${kept.pid}: use that one, stop it (millrace stack down), or give another --data-dir.`,
    });
    expect(runningState(dataDir)?.ready).toBe(true);
  });

  test('answer as an external stack too, which is left running when it is stopped', async () => {
    const external = await startStack({ backend: 'external', endpoints: kept.endpoints });
    await external.stop();
    expect(partsOf(dataDir).every(isAlive)).toBe(true);
    await expect(external.kill('kafka')).rejects.toMatchObject({
      code: 'stack.operation-unsupported',
    });
  });

  test('leave no orphan when the parent, or its whole process group, is killed', async () => {
    const parts = [...partsOf(dataDir), ...partsOf(temporary.dataDir)];
    expect(parts.every(isAlive)).toBe(true);
    process.kill(kept.pid, 'SIGKILL');
    process.kill(-temporary.pid, 'SIGKILL');
    await expect.poll(() => parts.filter(isAlive)).toEqual([]);
  });
});

describe('a stack whose parent was killed', () => {
  let stack: RunningStack;
  const failed: string[] = [];

  test('starts again in its data directory, warm and with its data', async () => {
    stack = await startStack({
      backend: 'embedded',
      dataDir,
      onProgress: ({ part, state }) => {
        if (state === 'failed') failed.push(part);
      },
    });
    expect(stack.start).toBe('warm');
    await expectDataToBeThere(stack.endpoints);
  });

  test('survives the kill and the restart of each part, on the same ports', async () => {
    for (const part of stackParts) {
      await stack.kill(part);
      await stack.restart(part);
    }
    await expectDataToBeThere(stack.endpoints);
    expect(failed).toEqual([]);
  });

  test('suspends and continues a part', async () => {
    const ping = () =>
      fetch(`${new URL(stack.endpoints.clickhouseUrl).origin}/ping`, {
        signal: AbortSignal.timeout(300),
      }).then(
        (response) => response.status,
        () => 'no answer',
      );
    stack.signal('clickhouse', 'SIGSTOP');
    await expect.poll(ping).toBe('no answer');
    stack.signal('clickhouse', 'SIGCONT');
    await expect.poll(ping).toBe(200);
  });

  test('reports a part that ends by itself', async () => {
    process.kill(readState(dataDir)?.parts.clickhouse?.pid ?? 0, 'SIGKILL');
    await expect.poll(() => failed).toEqual(['clickhouse']);
    await stack.restart('clickhouse');
  });

  test('stops in order, and leaves its data directory without a state', async () => {
    const parts = partsOf(dataDir);
    await stack.stop();
    expect(parts.filter(isAlive)).toEqual([]);
    expect(readState(dataDir)).toBeUndefined();
    expect(existsSync(join(dataDir, 'postgres', 'PG_VERSION'))).toBe(true);
  });
});
